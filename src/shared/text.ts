/**
 * Marks a string as something that is read by a person, where the catalogue of texts (scripts/texts/messages.mjs) cannot
 * tell by its looks: single words in small letters. The string itself.
 */
export const text = (words: string): string => words;
