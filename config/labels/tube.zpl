{{! Tube label, 50 x 30 mm at 203 dpi. Values: tube, site, lane, poolSize, filled (7/10), opened. Chinese needs a font in E:SIMSUN.FNT. }}
^XA^CI28^PW400^LL240^LH0,0
^CW1,E:SIMSUN.FNT
^FO16,10^A1N,26,26^FH^FD{{site}}^FS
^FO24,44^BY2,3,88^BCN,88,Y,N,N,A^FH^FD{{tube:code128}}^FS
^FO16,170^A1N,26,26^FH^FD{{poolSize}}:1 混采^FS
^FO160,170^A1N,26,26^FH^FD{{lane}}^FS
^FO290,164^A0N,36,36^FH^FD{{filled}}^FS
^FO16,206^A1N,24,24^FH^FD开管 {{opened}}^FS
^XZ
