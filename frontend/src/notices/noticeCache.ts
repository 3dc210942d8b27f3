/** How what the socket says changes the cached notices. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Notice } from "@/api/types";

export interface NoticePage {
  items: Notice[];
  next: string | null;
  unread: number;
}

export type NoticePages = InfiniteData<NoticePage>;

/** The pages with one notice read, or (null) all. */
export function withRead(pages: NoticePages, id: string | null): NoticePages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      items: page.items.map((notice) =>
        !notice.read && (id === null || notice.id === id) ? { ...notice, read: true } : notice,
      ),
    })),
  };
}

/** The pages without a notice. */
export function without(pages: NoticePages, id: string): NoticePages {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((notice) => notice.id !== id) })),
  };
}

/** The pages with a notice before all others; one that is there already comes once. */
export function withNew(pages: NoticePages, notice: Notice): NoticePages {
  const [first, ...others] = pages.pages;
  if (!first || pages.pages.some(({ items }) => items.some(({ id }) => id === notice.id))) return pages;
  return { ...pages, pages: [{ ...first, items: [notice, ...first.items] }, ...others] };
}
