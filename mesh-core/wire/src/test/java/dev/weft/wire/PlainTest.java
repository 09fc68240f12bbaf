package dev.weft.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlainTest {
  @Test
  void whatCanBeShownStaysAsItIs() {
    for (String text : new String[] {"", "orders", "größe", "注文", "🙂 ok", "a b"}) {
      assertThat(Plain.isPlain(text)).isTrue();
      assertThat(Plain.text(text)).isSameAs(text);
    }
  }

  @Test
  void nothingMovesTheCursor_beginsALine_orReordersWhatStandsAround() {
    assertThat(Plain.text("\u001b[2Ja\r\nb\tc\u0000")).isEqualTo("�[2Ja��b�c�");
    assertThat(Plain.text("\u009b31m\u007f")).isEqualTo("�31m�");
    assertThat(Plain.text("a\u202eb\u2066c\u200bd\ufeff")).isEqualTo("a�b�c�d�");
    assertThat(Plain.text("a\u2028b\u2029c")).isEqualTo("a�b�c");
    assertThat(Plain.text("half \ud83d of one")).isEqualTo("half � of one");
  }

  @Test
  void shortenedNeverHalvesACharacter() {
    assertThat(Plain.shortened("abcd", 4)).isEqualTo("abcd");
    assertThat(Plain.shortened("abcde", 4)).isEqualTo("abc…");
    assertThat(Plain.shortened("ab🙂de", 4)).isEqualTo("ab…");
    assertThat(Plain.shortened("\u001bbcde", 4)).isEqualTo("�bc…");
  }
}
