package dev.weft.tooling.build;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.tooling.MethodMatch;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import net.bytebuddy.asm.Advice;
import org.junit.jupiter.api.Test;

class HelperListsTest {
  private static final String HERE = HelperListsTest.class.getName() + "$";
  private static final String THERE = Helping.class.getName();

  /** Its advice names one, a change of code calls another. */
  static final class Any extends WeftModule {
    Any() {
      super("any");
    }

    @Override
    public List<String> calledByChanges() {
      return List.of(THERE + "$Changed");
    }

    @Override
    public List<WovenType> types() {
      return List.of(new Type());
    }
  }

  static final class Type extends WovenType {
    Type() {
      super("java.lang.Object");
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(MethodMatch.method("hashCode"), HERE + "Enter");
    }
  }

  static final class Enter {
    @Advice.OnMethodEnter
    static void enter() {
      Helping.Called.call();
    }
  }

  @Test
  void whatIsNamedIsFound_andSupertypesComeFirst() throws Exception {
    Path classes =
        Path.of(HelperListsTest.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    List<String> found = HelperLists.of(new Any(), classes);
    assertThat(found)
        .containsExactlyInAnyOrderElementsOf(
            Stream.of("", "$Called", "$Above", "$Even", "$Held", "$Later", "$Changed")
                .map(THERE::concat)
                .toList());
    assertThat(found).containsSubsequence(THERE + "$Even", THERE + "$Above", THERE + "$Called");
  }
}
