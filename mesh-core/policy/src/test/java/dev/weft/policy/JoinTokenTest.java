package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JoinTokenTest {
  private static final String SECRET = "s3cr3t-s3cr3t-s3cr3t-s3cr3t";
  private static final String PIN =
      Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(new byte[] {1, 2, 3}, 32));

  @Test
  void readsItsParts() {
    String text = "weft1." + PIN + ".tok_1-a." + SECRET;
    JoinToken token = JoinToken.parse("  " + text + "\n");
    assertThat(token.text()).isEqualTo(text);
    assertThat(token.id()).isEqualTo("tok_1-a");
    assertThat(token.pins(Arrays.copyOf(new byte[] {1, 2, 3}, 32))).isTrue();
    assertThat(token.pins(Arrays.copyOf(new byte[] {1, 2, 4}, 32))).isFalse();
  }

  @Test
  void doesNotPrintItsSecret() {
    JoinToken token = JoinToken.parse("weft1." + PIN + ".tok." + SECRET);
    assertThat(token.toString()).contains("tok").doesNotContain(SECRET).doesNotContain("s3cr3t");
  }

  @ParameterizedTest
  @CsvSource({
    "'', it is empty",
    "'   ', it is empty",
    "weft1, four parts",
    "weft1.PIN.id.SECRETLONG, more than 371 characters",
    "weft1.PIN.id, four parts",
    "weft1.PIN.id.SECRET.x, four parts",
    "weft2.PIN.id.SECRET, does not begin with \"weft1.\"",
    "weft1.abc.id.SECRET, second part is not a SHA-256",
    "weft1.PIN=.id.SECRET, second part is not a SHA-256",
    "weft1.PIN..SECRET, third part is not an id",
    "weft1.PIN.a/b.SECRET, third part is not an id",
    "weft1.PIN.id.short, 'the secret, is not 16 to 256 of A-Z a-z 0-9 - _ (it has 5 characters)'",
    "weft1.PIN.id.SECRET SECRET, 'the secret, is not'"
  })
  void saysWhatIsWrongButNotTheSecret(String text, String problem) {
    String token =
        text.replace("PIN", PIN).replace("LONG", "x".repeat(300)).replace("SECRET", SECRET);
    assertThatThrownBy(() -> JoinToken.parse(token))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem)
        .hasMessageContaining("weft token create")
        .message()
        .doesNotContain(SECRET)
        .doesNotContain("short");
  }
}
