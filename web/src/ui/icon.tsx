// Icons, drawn on a grid of 20. They say nothing to screen readers: what they stand beside or in does.
const PATHS = {
  search: 'M9 3.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11zM13.2 13.2 17 17',
  upload: 'M10 13V3.5M6 7.2l4-3.9 4 3.9M3.5 13v2.5a1.5 1.5 0 0 0 1.5 1.5h10a1.5 1.5 0 0 0 1.5-1.5V13',
  download: 'M10 3.5V13M6 9.3l4 3.9 4-3.9M3.5 13v2.5A1.5 1.5 0 0 0 5 17h10a1.5 1.5 0 0 0 1.5-1.5V13',
  close: 'M5 5l10 10M15 5 5 15',
  // Dots as wide as they are long.
  more: 'M4 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M9.2 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0M14.4 10a.8.8 0 1 0 1.6 0 .8.8 0 1 0-1.6 0',
  pause: 'M7 5v10M13 5v10',
  play: 'M6.5 4.5v11l9-5.5z',
  retry: 'M16 10a6 6 0 1 1-1.8-4.3M16.5 3v3.5H13',
  trash: 'M3.5 5.5h13M8 5.5V3.8h4v1.7M5.5 5.5l.7 10.7h7.6l.7-10.7',
  check: 'M4.5 10.5 8 14l7.5-8',
  warning: 'M10 3 2.5 16.5h15zM10 8v4M10 14.4h.01',
  down: 'M5 7.5l5 5 5-5',
  folder: 'M2.8 15.5v-11h5l1.7 2h7.7v9z',
  image: 'M3 4h14v12H3zM3 13.5l4-4 3.5 3.5 2.5-2.5 4 4M12.8 7.5h.01',
  video: 'M3 5h10v10H3zM13 9l4-2.5v7L13 11',
  audio: 'M7.5 14.5V5l8-1.5v9.5M7.5 14.5a2 2 0 1 1-4 0 2 2 0 0 1 4 0zM15.5 13a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  text: 'M5 2.8h7l3.5 3.5v10.9H5zM7.8 9h5M7.8 12h5M11.8 3v3.7h3.6',
  archive: 'M3 3.5h14v4H3zM4.3 7.5h11.4v9H4.3zM8 10.5h4',
  file: 'M5 2.8h7l3.5 3.5v10.9H5zM11.8 3v3.7h3.6',
  link: 'M11.5 4H16v4.5M16 4l-7 7M8.5 5H4v11h11v-4.5',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** The icon of a media type. */
export function iconOf(contentType: string): IconName {
  const [family = ''] = contentType.split('/', 1);
  if (family === 'image' || family === 'video' || family === 'audio') return family;
  if (/zip|tar|compressed|rar/.test(contentType)) return 'archive';
  return /^text\/|pdf|json|xml|word|document|sheet|presentation/.test(contentType) ? 'text' : 'file';
}
