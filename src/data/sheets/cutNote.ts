/** A sheet of sprites that became pictures. */
export interface CutNote {
  /** Paths of the sheet and of what says where its pictures lie; null: a person said how large they are. */
  sheet: string;
  atlas: string | null;
  pictures: number;
}
