// What Vite gives a page.
interface ImportMeta {
  readonly env: { readonly VITE_WAYBILL_URL: string };
}
