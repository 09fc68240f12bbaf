package dev.weft.tooling;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of a type that has not all the methods that are to be woven. */
class WeaverTest {
  private static boolean guards;
  private static boolean whole;

  @Test
  void isWovenInPart() throws IOException {
    guards = false;
    whole = false;
    assertThat(weave(false)).isNotNull();
    guards = true;
    assertThat(weave(false)).isNotNull();
  }

  @Test
  void isLeftAsItIsWhereThePartsCountOnEachOther() throws IOException {
    guards = false;
    whole = true;
    assertThat(weave(false)).isNull();
  }

  @Test
  void ofAServerIsLeftAsItIsUnderAFloor() throws IOException {
    guards = true;
    whole = false;
    assertThat(weave(true)).isNull();
  }

  /** What was woven, of a type of which one of two methods is there; null for nothing. */
  private static byte @Nullable [] weave(boolean guarded) throws IOException {
    List<String> failed = new ArrayList<>();
    String name = Target.class.getName().replace('.', '/');
    Weaver weaver =
        new Weaver(
            Map.of(name, Partial.class.getName()),
            WeaverTest.class.getClassLoader(),
            new NoJvm(),
            module -> true,
            new Weaver.Report() {
              @Override
              public void woven(WeftModule module, String type, @Nullable String remark) {}

              @Override
              public void failed(String module, String type, String reason) {
                failed.add(reason);
              }
            },
            guarded);
    try (InputStream in = WeaverTest.class.getResourceAsStream("/" + name + ".class")) {
      byte[] woven =
          weaver.transform(
              null, WeaverTest.class.getClassLoader(), name, null, null, in.readAllBytes());
      if (guards || whole) {
        assertThat(failed).singleElement().asString().contains("Gone", "unknown version");
      }
      return woven;
    }
  }

  /** There are no helpers to define. */
  private static final class NoJvm implements Weaver.Jvm {
    @Override
    public void define(@Nullable ClassLoader loader, byte[] classFile) {
      throw new AssertionError();
    }

    @Override
    public void addReads(Module module, Module unnamed) {
      throw new AssertionError();
    }
  }

  static final class Target {
    void there() {}
  }

  /** Weaves one method that is there, and one that is not. */
  public static final class Partial extends WeftModule {
    public Partial() {
      super("partial");
    }

    @Override
    public boolean guards() {
      return guards;
    }

    @Override
    public boolean whole() {
      return whole;
    }

    @Override
    public List<WovenType> types() {
      return List.of(new PartialType());
    }
  }

  private static final class PartialType extends WovenType {
    PartialType() {
      super(Target.class.getName());
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(MethodMatch.method("there"), There.class.getName());
      transformer.applyAdviceToMethod(MethodMatch.method("gone"), Gone.class.getName());
    }
  }

  public static final class There {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter() {}
  }

  public static final class Gone {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter() {}
  }
}
