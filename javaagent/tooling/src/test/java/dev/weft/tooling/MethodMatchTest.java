package dev.weft.tooling;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.jar.asm.ClassReader;
import org.junit.jupiter.api.Test;

/** What it says of a class file it says of Byte Buddy's description of it, too. */
class MethodMatchTest {
  @Test
  void byName() throws IOException {
    assertThat(matched(MethodMatch.method("name", "letter"))).containsExactly("letter", "name");
    assertThat(matched(MethodMatch.method("nowhere"))).isEmpty();
  }

  @Test
  void byArguments() throws IOException {
    assertThat(matched(MethodMatch.method("number").taking(3))).containsExactly("number");
    assertThat(matched(MethodMatch.method("number").taking(2))).isEmpty();
    assertThat(matched(MethodMatch.method("name", "both").taking(0))).containsExactly("name");
    assertThat(matched(MethodMatch.method("number").taking(int.class, long.class, byte.class)))
        .containsExactly("number");
    assertThat(matched(MethodMatch.method("number").taking(int.class, int.class, byte.class)))
        .isEmpty();
    assertThat(matched(MethodMatch.method("both").argument(2, "java.lang.String")))
        .containsExactly("both");
    assertThat(matched(MethodMatch.method("both").argument(3, String.class))).isEmpty();
    assertThat(matched(MethodMatch.method("statics").argument(2, Object[].class)))
        .containsExactly("statics");
  }

  @Test
  void constructors() throws IOException {
    assertThat(matched(MethodMatch.constructor())).containsExactly("<init>", "<init>");
    assertThat(matched(MethodMatch.constructor().argument(1, List.class)))
        .containsExactly("<init>");
  }

  @Test
  void instances() throws IOException {
    assertThat(matched(MethodMatch.method("name", "statics").onInstances()))
        .containsExactly("name");
  }

  private static List<String> matched(MethodMatch match) throws IOException {
    List<String> ours =
        Shape.of(new ClassReader(Targets.class.getName())).methods().stream()
            .filter(method -> match.matches(method.access(), method.name(), method.descriptor()))
            .map(Shape.Method::name)
            .sorted()
            .toList();
    assertThat(
            TypeDescription.ForLoadedType.of(Targets.class).getDeclaredMethods().stream()
                .filter(match::matches)
                .map(MethodDescription::getInternalName)
                .sorted())
        .isEqualTo(ours);
    return ours;
  }
}
