package dev.weft.wire;

/**
 * Text that a peer sent, and that is shown to people: in terminals, logs, metrics, consoles. What
 * moves a cursor, begins a line, hides or reorders what stands around it is none of theirs to send.
 */
public final class Plain {
  private static final char INSTEAD = '\uFFFD';

  private Plain() {}

  /**
   * Whether a text can be shown as it is: no control or format characters, no line separators, no
   * halves of characters.
   */
  public static boolean isPlain(String text) {
    return firstOther(text) < 0;
  }

  /** The same text with U+FFFD in place of each character that cannot be shown. */
  public static String text(String text) {
    int other = firstOther(text);
    if (other < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder(text.length()).append(text, 0, other);
    int point;
    for (int i = other; i < text.length(); i += Character.charCount(point)) {
      point = text.codePointAt(i);
      if (isShown(point)) {
        plain.appendCodePoint(point);
      } else {
        plain.append(INSTEAD);
      }
    }
    return plain.toString();
  }

  /** The same, of at most so many characters; what is left out is told by an ellipsis. */
  public static String shortened(String text, int max) {
    if (text.length() <= max) {
      return text(text);
    }
    // Before it is looked at: it may be very long. Never half a character.
    int end = Character.isHighSurrogate(text.charAt(max - 2)) ? max - 2 : max - 1;
    return text(text.substring(0, end)) + "…";
  }

  private static int firstOther(String text) {
    int point;
    for (int i = 0; i < text.length(); i += Character.charCount(point)) {
      point = text.codePointAt(i);
      if (!isShown(point)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isShown(int point) {
    if (point >= ' ' && point < 0x7F) {
      return true;
    }
    switch (Character.getType(point)) {
      case Character.CONTROL:
      case Character.FORMAT:
      case Character.LINE_SEPARATOR:
      case Character.PARAGRAPH_SEPARATOR:
      case Character.SURROGATE:
        return false;
      default:
        return true;
    }
  }
}
