package dev.weft.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That it finds what is there to be found. (No name of a long run's: it is to fail.) */
class FuzzingTest {
  private static final Bytes FORM = new Bytes(4096, "deep", "]");

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void findsALengthThatLies_andKeepsTheInput() throws Exception {
    assertThatThrownBy(
            () ->
                Fuzz.run(
                    "length",
                    FORM,
                    List.of(bytes("\0\3abc")),
                    input -> input.length < 2 ? null : input[2 + (input[1] & 0xff) - 1]))
        .isInstanceOf(AssertionError.class)
        .hasCauseInstanceOf(ArrayIndexOutOfBoundsException.class)
        .hasMessageContaining("kept as");
    try (var kept = Files.list(Path.of("target/fuzz/length"))) {
      assertThat(kept).isNotEmpty();
    }
  }

  @Test
  void findsWhatRecurses() {
    assertThatThrownBy(
            () ->
                Fuzz.run(
                    "deep",
                    new Bytes(1 << 20, "["),
                    List.of(bytes("[]")),
                    input -> depth(input, 0)))
        .hasCauseInstanceOf(StackOverflowError.class);
  }

  private static int depth(byte[] input, int at) {
    return at < input.length && input[at] == '[' ? 1 + depth(input, at + 1) : 0;
  }

  /** Step by step: by itself the whole word would never come. */
  @Test
  void followsNewOutcomes() {
    String secret = "open!";
    assertThatThrownBy(
            () ->
                Fuzz.run(
                    "steps",
                    new Bytes(64, "p", "e", "n"),
                    List.of(bytes("o")),
                    input -> {
                      String text = new String(input, StandardCharsets.ISO_8859_1);
                      int common = 0;
                      while (common < secret.length()
                          && common < text.length()
                          && text.charAt(common) == secret.charAt(common)) {
                        common++;
                      }
                      if (common == 4) {
                        throw new IllegalStateException("found");
                      }
                      return common;
                    }))
        .hasMessageContaining("found");
  }

  @Test
  void sameInputsEachTime() {
    List<byte[]> first = new ArrayList<>();
    List<byte[]> again = new ArrayList<>();
    Fuzz.run("same", FORM, List.of(bytes("abc"), bytes("def")), first::add);
    Fuzz.run("same", FORM, List.of(bytes("abc"), bytes("def")), again::add);
    assertThat(again).usingElementComparator(Arrays::compare).isEqualTo(first);
  }

  @Test
  void casesComeFirst() {
    List<String> seen = new ArrayList<>();
    Fuzz.run(
        "cases",
        FORM,
        List.of(bytes("seed")),
        input -> seen.add(new String(input, StandardCharsets.ISO_8859_1).trim()));
    assertThat(seen).startsWith("found once", "seed");
  }

  @Test
  void treesOfEveryKind() {
    Trees form = new Trees(json -> Map.of(), "kind", "spec", "Service");
    Fuzz.run(
        "trees",
        form,
        List.of(Map.of("kind", "Service", "spec", Map.of("ports", List.of(1L, 2L)))),
        tree -> form.write(tree).length > 100);
    assertThatThrownBy(
            () ->
                Fuzz.run(
                    "trees",
                    form,
                    List.of(Map.of("kind", "Service", "spec", Map.of("ports", List.of(1L, 2L)))),
                    tree -> (String) tree.get("kind")))
        .hasCauseInstanceOf(ClassCastException.class);
  }
}
