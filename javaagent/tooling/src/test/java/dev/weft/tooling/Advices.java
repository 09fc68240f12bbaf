package dev.weft.tooling;

import java.util.ArrayList;
import java.util.List;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.implementation.bytecode.assign.Assigner;
import org.jspecify.annotations.Nullable;

/** Advice with all the annotations that modules use. Inlined, so that everything is public. */
@SuppressWarnings("unused")
public final class Advices {
  /** What advice has seen. */
  public static final List<String> SEEN = new ArrayList<>();

  private Advices() {}

  public static Object seen(String what, @Nullable Object value) {
    SEEN.add(what + " " + (value instanceof int[] array ? "of " + array.length : value));
    return what;
  }

  /** Throws every time. */
  public static void fail() {
    throw new IllegalStateException("advice");
  }

  public static class Before {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter() {
      for (int i = 0; i < 2; i++) {
        seen("before", i);
      }
    }
  }

  public static class After {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit() {
      seen("after", SEEN.size() > 3 ? "many" : "few");
    }
  }

  /** Everything that all methods have. */
  public static class Around {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static long enter(@Advice.Local("shared") @Nullable Object shared) {
      shared = seen("enter", null);
      return 7L + SEEN.size();
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    public static void exit(
        @Advice.Enter long entered,
        @Advice.Local("shared") @Nullable Object shared,
        @Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      String text = shared + " " + entered;
      if (thrown != null) {
        text += " " + thrown.getClass();
        thrown = new IllegalStateException(text, thrown);
      }
      seen("exit", text);
    }
  }

  /** For constructors, whose errors cannot be caught. */
  public static class AroundNormal {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static int enter() {
      return (int) (Math.max(1, SEEN.size()) % 100_000L);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.Enter int entered) {
      seen("left", entered > 0);
    }
  }

  public static class Swallows {
    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    public static void exit(@Advice.Thrown(readOnly = false) @Nullable Throwable thrown) {
      if (thrown != null) {
        seen("swallowed", thrown.getMessage());
        thrown = null;
      }
    }
  }

  public static class Numbers {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.This Object self,
        @Advice.Argument(value = 0, readOnly = false) int a,
        @Advice.Argument(1) long b,
        @Advice.FieldValue(value = "count", readOnly = false) long count) {
      a += 10;
      a++;
      count = b + a;
      seen("enter", self);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(0) int a,
        @Advice.Argument(2) byte c,
        @Advice.FieldValue(value = "anything", readOnly = false) Object anything,
        @Advice.Return(readOnly = false) int result) {
      anything = "result " + result + " of " + a + " and " + c;
      result = -result;
    }
  }

  public static class Wide {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static double enter(
        @Advice.Argument(value = 0, readOnly = false) double a,
        @Advice.Argument(value = 2, readOnly = false) String text) {
      double before = a;
      a = 100;
      text = "more " + text;
      return before;
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    public static void exit(
        @Advice.Enter double before,
        @Advice.Argument(0) double a,
        @Advice.Argument(1) long b,
        @Advice.Argument(value = 2, typing = Assigner.Typing.DYNAMIC) Object text,
        @Advice.Return(readOnly = false) long result) {
      seen("exit", before + " " + a + " " + b + " " + text + " " + result);
      result = result * 2;
    }
  }

  public static class Statics {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(
        @Advice.FieldValue(value = "shared", readOnly = false) int shared,
        @Advice.Argument(0) float a) {
      shared = shared * 2 + (int) a;
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(@Advice.FieldValue("shared") int shared, @Advice.Return double result) {
      seen("exit", shared + " " + result);
    }
  }

  public static class Skips {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static @Nullable Object enter() {
      return SEEN.isEmpty() ? null : "instead";
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable Object instead, @Advice.Thrown @Nullable Throwable thrown) {
      seen("exit", instead + " " + thrown);
    }
  }

  public static class SkipsTrue {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static boolean enter() {
      return !SEEN.isEmpty();
    }
  }

  public static class SkipsByType {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = IllegalStateException.class)
    public static @Nullable Object enter() {
      return SEEN.isEmpty() ? "go" : new IllegalStateException("no");
    }
  }

  public static class ReturnsAnything {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Return(readOnly = false, typing = Assigner.Typing.DYNAMIC)
            @Nullable Object result) {
      seen("returned", result);
      result = result == null ? null : "another";
    }
  }

  public static class Fails {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static int enter(@Advice.Argument(value = 0, readOnly = false) @Nullable String text) {
      text = "changed";
      fail();
      return 4;
    }

    @Advice.OnMethodExit(suppress = Throwable.class, onThrowable = Throwable.class)
    public static void exit(@Advice.Enter int entered, @Advice.Thrown @Nullable Throwable thrown) {
      seen("exit", entered + " " + thrown);
      fail();
    }
  }

  /** Has what our weaver does not understand. */
  public static class Origin {
    @Advice.OnMethodEnter
    public static void enter(@Advice.Origin String method) {
      seen("origin", method);
    }
  }

  public static class WrongType {
    @Advice.OnMethodEnter
    public static void enter(@Advice.Argument(0) int number) {
      seen("number", number);
    }
  }

  public static class NoField {
    @Advice.OnMethodEnter
    public static void enter(@Advice.FieldValue("nowhere") int number) {
      seen("number", number);
    }
  }

  public static class SkipsOnNothing {
    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
    public static void enter() {}
  }

  public static class SkipsOnFloat {
    @Advice.OnMethodEnter(skipOn = Advice.OnNonDefaultValue.class)
    public static float enter() {
      return 1;
    }
  }

  public static class Nothing {}
}
