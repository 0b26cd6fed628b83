/** 故障说明: the same table as device-drivers/faults.ts, in Chinese. A test holds both against each other. */
export const faultsZhCN: ReadonlyMap<string, { readonly means: string; readonly fix: string }> = new Map([
  ['no-reply', { means: '设备没有应答。', fix: '检查电源、数据线和波特率；运行 hutgate doctor。' }],
  ['wrong-device', { means: '应答的不是所配置的设备。', fix: '检查哪根线插在哪个口上。' }],
  [
    'other-unit',
    {
      means: '应答的是另一台同类设备，不是原来那一台。',
      fix: '换回原来的设备，或确认使用这一台：在本页面确认，或运行 hutgate doctor --confirm ID。',
    },
  ],
  [
    'pair-unconfirmed',
    {
      means: '它和另一台相同的设备曾同时拔下，无法知道哪台是哪台，因此暂不采用它的数据。',
      fix: '用它扫描自己的识别码，或确认：在本页面确认，或运行 hutgate doctor --confirm ID。',
    },
  ],
  ['link-lost', { means: '连接断开。', fix: '检查插头。网关会自动重连。' }],
  ['port-missing', { means: '配置的位置没有设备。', fix: '接上设备，或更正配置中的 at:。' }],
  ['port-denied', { means: '网关没有权限打开该端口。', fix: '安装 udev 规则，或加入 dialout 组。' }],
  ['port-busy', { means: '端口被其他程序占用。', fix: '停止该程序（ModemManager、brltty、终端）。' }],
  ['port-failed', { means: '操作系统无法打开该端口。', fix: '查看详情；重新插拔设备。' }],
  [
    'keyboard-shared',
    {
      means: '此键盘扫码枪的输入会同时进入当前窗口，因此不读取。',
      fix: '安装 libusb-1.0-0 和 udev 规则，或把扫码枪设为 USB HID POS。',
    },
  ],
  ['transport-unsupported', { means: '此版本不支持该地址类型。', fix: '更正配置中 at: 的前缀。' }],
  ['noisy-line', { means: '收到的多数字节不属于任何数据帧。', fix: '检查波特率、校验位、接地和数据线。' }],
  ['driver-bug', { means: '驱动程序出错。', fix: '把网关日志发送给开发者。' }],
  ['paper-out', { means: '打印机没有标签纸。', fix: '装入标签纸，合上机盖，按 FEED 键。' }],
  ['head-open', { means: '打印机机盖打开。', fix: '合上机盖，两侧都要听到咔嗒声。' }],
  ['ribbon-out', { means: '碳带用完或断裂。', fix: '装入碳带，或把打印机设为热敏模式。' }],
  ['printer-paused', { means: '打印机已暂停。', fix: '按打印机的 PAUSE 键。' }],
  ['head-too-hot', { means: '打印头或电机过热。', fix: '等待降温；降低浓度和速度。' }],
  ['head-too-cold', { means: '打印头过冷，标签可能偏淡。', fix: '提高室温，或提高打印浓度。' }],
  ['printer-error', { means: '打印机报告其他错误。', fix: '查看详情和打印机显示屏。' }],
  ['printer-not-empty', { means: '打印机里还有旧标签，无法取消。', fix: '关闭打印机电源再打开。' }],
  ['label-invalid', { means: '标签格式不完整，没有发送。', fix: '更正标签模板。' }],
  ['print-unproven', { means: '打印机没有证明标签已打出。', fix: '看一看标签是否已打出。' }],
  ['paper-jam', { means: '打印机卡纸。', fix: '打开机盖，取出纸重新装好，合上机盖。' }],
  ['cutter-jam', { means: '切刀卡住。', fix: '关闭打印机电源，清理切刀，再打开。' }],
  ['supplies-low', { means: '纸或碳带快用完了。', fix: '准备好下一卷。' }],
  ['sensor-absent', { means: '探头有应答，但其中一个传感器没有可用数值。', fix: '检查该通道的插头和线。' }],
  ['modbus-exception', { means: '探头拒绝请求。', fix: '查看详情中的异常码；检查 profile。' }],
  [
    'measurement-damaged',
    { means: '探头传来的数据未通过校验。', fix: '缩短数据线，远离电源线，检查上拉电阻（4.7 千欧）。' },
  ],
  [
    'sensor-power-lost',
    { means: '传感器刚刚上电，或测量时断电。', fix: '检查传感器的供电线；用三线接法代替两线接法。' },
  ],
  [
    'output-held-too-long',
    { means: '门锁保持打开的时间超过限制，已自动释放。', fix: '检查门是否关好；再次发生时把网关日志发送给开发者。' },
  ],
  [
    'code-unreadable',
    { means: '扫到的码不是文本，或含控制字符。', fix: '把扫码枪设为原样输出（UTF-8），后缀与配置一致。' },
  ],
  ['code-incomplete', { means: '扫到的码不完整。', fix: '重新扫码；检查数据线，并确认每种码的后缀设置相同。' }],
  [
    'code-without-symbology',
    { means: '码没有带所配置的 AIM 标识。', fix: '在扫码枪上打开 AIM 标识，或关闭 symbologyId。' },
  ],
  ['measurement-unreadable', { means: '测到的不是人的体温。', fix: '重新测量；把体温计设为摄氏度和人体模式。' }],
  [
    'scanner-wrong-mode',
    {
      means: '扫码枪的 USB 模式与所配置的驱动不符。',
      fix: '扫描说明书中的模式设置码（USB HID POS 或 USB 键盘），或改用对应的驱动。',
    },
  ],
  ['card-read-failed', { means: '卡没有读出来。', fix: '拿起卡，再平放到读卡器上。' }],
  [
    'card-not-authenticated',
    { means: '卡与读卡器互相认证失败。', fix: '拿起卡重新放；如果所有卡都失败，更换读卡器。' },
  ],
  ['card-wrong-type', { means: '这不是身份证件卡。', fix: '请出示身份证件。' }],
  ['card-unreadable', { means: '卡已读出，但内容无法解析。', fix: '重新放卡；或改用其他证件登记。' }],
  [
    'document-misread',
    {
      means: '证件上的机读码没有读对。',
      fix: '把证件放平、推到底再读一次；擦净玻璃。如果所有证件都失败，检查选项中的 protocol。',
    },
  ],
  ['reader-refuses-command', { means: '读卡器拒绝命令。', fix: '确认是 SAM 读卡器并检查波特率；重新插拔。' }],
  ['reader-self-test-failed', { means: '读卡器安全模块自检失败。', fix: '重新插拔，仍失败则更换。' }],
  ['reader-unauthorised', { means: '读卡器安全模块未授权。', fix: '给读卡器授权，或更换。' }],
]);
