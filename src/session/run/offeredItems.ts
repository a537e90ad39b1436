/**
 * Items that were sent ahead of their import, part by part. One import at a time: parts of another ticket take the place
 * of what was there, as a newer import takes the place of an older one.
 */
import type { ImportItem } from '../protocol/commands';

export class OfferedItems {
  private ticket: number | undefined;
  private items: ImportItem[] = [];

  add(ticket: number, items: readonly ImportItem[]): void {
    if (this.ticket !== ticket) this.items = [];
    this.ticket = ticket;
    for (const item of items) this.items.push(item);
  }

  /** All of a ticket, once; none without one. */
  take(ticket: number | undefined): ImportItem[] {
    const items = ticket !== undefined && this.ticket === ticket ? this.items : [];
    this.items = [];
    this.ticket = undefined;
    return items;
  }
}
