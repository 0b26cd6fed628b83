/** Line icons, drawn here: the page loads nothing from elsewhere. Always beside a word, so hidden from screen readers. */
const paths = {
  check: 'M4 12.5 9.5 18 20 6.5',
  checks: 'M2 13l4.5 4.5L15 8M11 16.5l1 1L21.5 8',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 7v5.5l3.5 2',
  cross: 'M5.5 5.5l13 13M18.5 5.5l-13 13',
  warning: 'M12 3.5 1.8 20.5h20.4zM12 10v5M12 17.2v.8',
  search: 'M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M15.5 15.5 21 21',
  opening: 'M5 12h.1M12 12h.1M19 12h.1',
  unplugged: 'M8 3v4M16 3v4M6 7h12v4a6 6 0 0 1-6 6M12 17v4M3 3l18 18',
  pause: 'M8 5v14M16 5v14',
  stop: 'M6 6h12v12H6z',
  cloud: 'M7 18.5a4.5 4.5 0 0 1-.5-9A6 6 0 0 1 18 10a4.3 4.3 0 0 1-.5 8.5z',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2.5M12 19.500V22M2 12h2.500M19.500 12H22M5 5l1.700 1.700M17.300 17.300 19 19M5 19l1.700-1.700M17.300 6.700 19 5',
  moon: 'M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z',
  scanner: 'M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M8 8v8M11 8v8M13.500 8v8M16 8v8',
  card: 'M3 5h18v14H3zM8.500 9a2 2 0 1 0 0 4 2 2 0 0 0 0-4M5.500 16c.8-1.500 5.200-1.500 6 0M14.500 10H18M14.500 14H18',
  printer: 'M7 8V3h10v5M7 17H4V8h16v9h-3M7 14h10v7H7z',
  thermometer: 'M12 3a2 2 0 0 0-2 2v9.300a4 4 0 1 0 4 0V5a2 2 0 0 0-2-2zM12 9v8',
  back: 'M21 5H9l-7 7 7 7h12zM12 9.500l5 5M17 9.500l-5 5',
  wrench: 'M14.500 6.500a4.500 4.500 0 0 1 6-4l-3 3 1 2 2 1 3-3a4.500 4.500 0 0 1-6 6L8 21a2.100 2.100 0 0 1-3-3z',
  lanes: 'M3 4h8v16H3zM13 4h8v16h-8z',
  lane: 'M4 4h16v16H4z',
  sheet: 'M6 3h12v18H6zM9 8h6M9 12h6M9 16h4',
  people:
    'M9 4a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7M2.500 20c0-8 13-8 13 0M16 5a3 3 0 0 1 0 6M18 14c2 .5 3.500 2.500 3.500 6',
  leave: 'M14 4H4v16h10M10 12h11M17 8l4 4-4 4',
  device: 'M5 5h14v14H5zM9 2v3M15 2v3M9 19v3M15 19v3',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name }: { name: IconName }) => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
    <path d={paths[name]} />
  </svg>
);
