{{! Box label, 80 x 60 mm at 203 dpi. Values: box, seal, tubes, destination, site, sealed. Chinese needs a font in E:SIMSUN.FNT. }}
^XA^CI28^PW640^LL480^LH0,0
^CW1,E:SIMSUN.FNT
^FO24,20^A1N,36,36^FH^FD{{site}}^FS
^FO24,72^GB592,3,3^FS
^FO40,92^BY3,3,120^BCN,120,Y,N,N,A^FH^FD{{box:code128}}^FS
^FO24,268^A1N,36,36^FH^FD送往 {{destination}}^FS
^FO24,322^A1N,36,36^FH^FD封签 {{seal}}^FS
^FO24,376^A1N,36,36^FH^FD封箱 {{sealed}}^FS
^FO392,306^GB224,110,3^FS
^FO408,324^A0N,84,84^FH^FD{{tubes}}^FS
^FO560,360^A1N,36,36^FD管^FS
^FO24,434^A1N,28,28^FD2-8°C  向上^FS
^XZ
