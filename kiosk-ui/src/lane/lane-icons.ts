/** Line icons of the samplers' screens, thick enough to be told apart across a hut. */
export const laneIcons = {
  check: 'M4 12.5 9.5 18 20 6.5',
  checks: 'M1.5 12.5l5 5L15.500 7M10.500 16l1.500 1.500L21.500 7',
  cross: 'M5.500 5.500l13 13M18.500 5.500l-13 13',
  repeat: 'M4 11a8 8 0 0 1 14-4.500L20.500 9M20.500 3.500V9H15M20 13a8 8 0 0 1-14 4.500L3.500 15M3.500 20.500V15H9',
  question: 'M8 8.500a4 4 0 1 1 5.500 3.700c-1 .5-1.500 1.300-1.500 2.300v.500M12 19v.5',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 11v5.500M12 7.500V8',
  warning: 'M12 3.500 1.800 20.500h20.400zM12 10v5M12 17.200v.8',
  wait: 'M9 5v14M15 5v14',
  hand: 'M12 3v12M6 9.500l6 6 6-6M4 20.500h16',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5.500l3.500 2',
  mute: 'M4 9.500h3.500L12 5.500v13l-4.500-4H4zM16 9.500l5 5M21 9.500l-5 5',
  printer: 'M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z',
  unplugged: 'M8 3v4M16 3v4M6 7h12v4a6 6 0 0 1-6 6M12 17v4M3 3l18 18',
  thermometer: 'M12 3a2 2 0 0 0-2 2v9.300a4 4 0 1 0 4 0V5a2 2 0 0 0-2-2zM12 9v8',
  person: 'M12 3.500a4.200 4.200 0 1 0 0 8.400 4.200 4.200 0 0 0 0-8.400M4 20.500c1-8 15-8 16 0',
} as const;

export type LaneIconName = keyof typeof laneIcons;
