{{! The citizen's slip on a label of 50 x 30 mm at 203 dpi. Values: site, sampled, slot, tubeTail, name (masked, always). }}
^XA^CI28^PW400^LL240^LH0,0
^CW1,E:SIMSUN.FNT
^FO16,12^A1N,32,32^FD采样凭证^FS
^FO16,52^GB368,2,2^FS
^FO16,64^A1N,26,26^FH^FD{{site}}^FS
^FO16,104^A1N,26,26^FH^FD姓名 {{name}}^FS
^FO16,144^A1N,26,26^FH^FD时间 {{sampled}}^FS
^FO16,184^A1N,26,26^FH^FD试管尾号 {{tubeTail}}  第 {{slot}} 位^FS
^XZ
