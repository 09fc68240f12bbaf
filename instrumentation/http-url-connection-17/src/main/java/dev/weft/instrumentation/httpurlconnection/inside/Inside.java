package dev.weft.instrumentation.httpurlconnection.inside;

import dev.weft.bridge.HeadChange;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The methods of the library that its own code uses to send a request again, and its header type:
 * their packages are not exported to us. Handles are made from the first lookup that advice hands
 * over.
 */
public final class Inside {
  private static final String CLIENT = "sun.net.www.http.HttpClient";
  private static final String HEAD = "sun.net.www.MessageHeader";
  private static final String POSTER = "sun.net.www.http.PosterOutputStream";

  private static volatile @Nullable Inside handles;

  private final MethodHandle newHead;
  private final MethodHandle key;
  private final MethodHandle value;
  private final MethodHandle find;
  private final MethodHandle set;
  private final MethodHandle setAt;
  private final MethodHandle add;
  private final MethodHandle remove;
  private final MethodHandle reset;
  private final MethodHandle input;
  private final MethodHandle inputClosed;
  private final MethodHandle close;
  private final MethodHandle open;
  private final MethodHandle write;
  private final MethodHandle parse;
  private final boolean parseTakesProgress;

  private Inside(MethodHandles.Lookup in) throws ReflectiveOperationException {
    Class<?> head = in.findClass(HEAD);
    Class<?> client = in.findClass(CLIENT);
    Class<?> connection = in.findClass("sun.net.www.protocol.http.HttpURLConnection");
    Class<?> text = String.class;
    newHead = in.findConstructor(head, MethodType.methodType(void.class));
    // These are called for each response, and so by their exact type.
    MethodType at = MethodType.methodType(text, Object.class, int.class);
    key = in.findVirtual(head, "getKey", MethodType.methodType(text, int.class)).asType(at);
    value = in.findVirtual(head, "getValue", MethodType.methodType(text, int.class)).asType(at);
    find = in.findVirtual(head, "findValue", MethodType.methodType(text, text));
    set = in.findVirtual(head, "set", MethodType.methodType(void.class, text, text));
    setAt = in.findVirtual(head, "set", MethodType.methodType(void.class, int.class, text, text));
    add = in.findVirtual(head, "add", MethodType.methodType(void.class, text, text));
    remove = in.findVirtual(head, "remove", MethodType.methodType(void.class, text));
    reset = in.findVirtual(head, "reset", MethodType.methodType(void.class));
    input = in.findVirtual(client, "getInputStream", MethodType.methodType(InputStream.class));
    Class<?> metered = in.findClass("sun.net.www.MeteredStream");
    inputClosed =
        MethodHandles.privateLookupIn(metered, in).findSetter(metered, "closed", boolean.class);
    close = in.findVirtual(client, "closeServer", MethodType.methodType(void.class));
    open = in.findVirtual(client, "openServer", MethodType.methodType(void.class));
    write =
        in.findVirtual(
            client,
            "writeRequests",
            MethodType.methodType(void.class, head, in.findClass(POSTER), boolean.class));
    MethodHandle found;
    boolean progress;
    try {
      found =
          in.findVirtual(
              client, "parseHTTP", MethodType.methodType(boolean.class, head, connection));
      progress = false;
    } catch (NoSuchMethodException e) {
      // JDK 17 shows progress.
      found =
          in.findVirtual(
              client,
              "parseHTTP",
              MethodType.methodType(
                  boolean.class, head, in.findClass("sun.net.ProgressSource"), connection));
      progress = true;
    }
    parse = found;
    parseTakesProgress = progress;
  }

  /** Whether {@link #from} has been called; it need not be again. */
  public static boolean ready() {
    return handles != null;
  }

  /** A lookup of any class of the library. */
  public static void from(MethodHandles.Lookup neighbour) {
    try {
      handles = new Inside(MethodHandles.privateLookupIn(neighbour.findClass(CLIENT), neighbour));
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(CLIENT, e);
    }
  }

  private static Inside in() {
    Inside in = handles;
    if (in == null) {
      throw new IllegalStateException(CLIENT + " is not woven");
    }
    return in;
  }

  private static RuntimeException unexpected(Throwable t) {
    if (t instanceof RuntimeException) {
      return (RuntimeException) t;
    }
    if (t instanceof Error) {
      throw (Error) t;
    }
    return new IllegalStateException(HEAD, t);
  }

  // Heads.

  /** The values of a field, in order. */
  static List<String> values(Object head, String name) {
    if (handles == null) {
      return List.of();
    }
    try {
      List<String> values = new ArrayList<>();
      for (int i = 0; ; i++) {
        String key = (String) in().key.invokeExact(head, i);
        String value = (String) in().value.invokeExact(head, i);
        if (key == null && value == null) {
          return values;
        }
        if (name.equalsIgnoreCase(key) && value != null) {
          values.add(value);
        }
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The first value of a field; null if there is none. */
  static @Nullable String value(Object head, String name) {
    try {
      return (String) in().find.invoke(head, name);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The status of a response; -1 if it has none. */
  static int status(Object head) {
    try {
      String line = (String) in().value.invokeExact(head, 0);
      if (line == null || !line.startsWith("HTTP/1.")) {
        return -1;
      }
      int from = line.indexOf(' ');
      while (from > 0 && from < line.length() && line.charAt(from) == ' ') {
        from++;
      }
      return from <= 0 || line.length() < from + 3
          ? -1
          : Integer.parseInt(line.substring(from, from + 3));
    } catch (NumberFormatException e) {
      return -1;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** A copy of a request's head as it is to be written. */
  static Object changed(Object head, HeadChange change) {
    try {
      Object copy = in().newHead.invoke();
      for (int i = 0; ; i++) {
        String key = (String) in().key.invokeExact(head, i);
        String value = (String) in().value.invokeExact(head, i);
        if (key == null && value == null) {
          break;
        }
        in().add.invoke(copy, key, value);
      }
      String line = (String) in().key.invokeExact(copy, 0);
      if (change.target() != null && line != null) {
        String method = line.substring(0, line.indexOf(' '));
        String version = line.substring(line.lastIndexOf(' '));
        in().setAt.invoke(copy, 0, method + " " + change.target() + version, (String) null);
      }
      if (change.authority() != null) {
        in().set.invoke(copy, "Host", change.authority());
      }
      change(copy, change);
      return copy;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Fields removed, then set, then added. */
  static void change(Object head, HeadChange change) {
    try {
      for (String name : change.remove()) {
        in().remove.invoke(head, name);
      }
      String[] set = change.set();
      for (int i = 0; i < set.length; i += 2) {
        in().remove.invoke(head, set[i]);
        in().add.invoke(head, set[i], set[i + 1]);
      }
      String[] add = change.add();
      for (int i = 0; i < add.length; i += 2) {
        in().add.invoke(head, add[i], add[i + 1]);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  // Sending again.

  /**
   * Closes what the client is connected to, if it is. A body that was about to be read has nothing
   * to say about the client any more: on JDK 17 it would be closed by its finalizer, and the client
   * with it, whatever that is connected to by then.
   */
  static void close(Object client) {
    try {
      Object body = in().input.invoke(client);
      if (in().inputClosed.type().parameterType(0).isInstance(body)) {
        in().inputClosed.invoke(body, true);
      }
      in().close.invoke(client);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * Forgets what has been read, connects the client anew, and writes a request. In this order: the
   * library takes whatever head is left for the response, also if there is none in the end.
   */
  static void send(Object client, Object head, @Nullable Object body, Object responses)
      throws IOException {
    try {
      in().reset.invoke(responses);
      in().open.invoke(client);
      in().write.invoke(client, head, body, false);
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Reads the head of a response. */
  static boolean parse(
      Object client, Object responses, @Nullable Object progress, Object connection)
      throws IOException {
    try {
      return in().parseTakesProgress
          ? (boolean) in().parse.invoke(client, responses, progress, connection)
          : (boolean) in().parse.invoke(client, responses, connection);
    } catch (IOException e) {
      throw e;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
