package dev.weft.host;

import java.lang.instrument.Instrumentation;
import java.lang.reflect.Field;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Appends what the mesh knows to the message of a library's own exception, whose class has to stay:
 * applications catch it.
 */
public final class ErrorNotes {
  private static volatile @Nullable Field message;

  private ErrorNotes() {}

  /** Without this, or if the JVM does not allow it, messages stay as they are. */
  public static void open(Instrumentation instrumentation) {
    try {
      instrumentation.redefineModule(
          Throwable.class.getModule(),
          Set.of(),
          Map.of(),
          Map.of("java.lang", Set.of(ErrorNotes.class.getModule())),
          Set.of(),
          Map.of());
      Field field = Throwable.class.getDeclaredField("detailMessage");
      field.setAccessible(true);
      message = field;
    } catch (ReflectiveOperationException | RuntimeException e) {
      message = null;
    }
  }

  /**
   * Some libraries keep errors that they throw at everybody, whose stack says nothing or one place
   * (Netty's, and what stands on it). What is written into those would be read by all, for ever.
   */
  private static boolean mayBeShared(Throwable error) {
    return error.getStackTrace().length <= 1;
  }

  static void append(Throwable error, String note) {
    Field field = message;
    if (field == null || mayBeShared(error)) {
      return;
    }
    try {
      String said = (String) field.get(error);
      if (said == null || !said.contains("[weft:")) {
        field.set(error, (said == null ? "" : said + " ") + "[weft: " + note + "]");
      }
    } catch (IllegalAccessException e) {
      // The message stays as it is.
    }
  }
}
