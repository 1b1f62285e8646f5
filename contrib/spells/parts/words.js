// A part of cross_language.*: JavaScript splits texts, and calls whoever asked for every word.

export const split = (text) => text.match(/\p{Letter}+/gu) ?? [];

export async function map(text, work) {
  const found = [];
  for (const word of split(text)) found.push(await work(word));
  return found;
}
