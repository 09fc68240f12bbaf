package dev.weft.testkit.grpc;

import dev.weft.testkit.TestListener;
import dev.weft.testkit.TestMesh;
import java.io.Closeable;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A server of gRPC whose application knows of no mesh, and finished clients for it. Messages are
 * bytes as they are. Metadata is told as {@code name=value}; of names that end in {@code -bin} each
 * character of the value is a byte. The methods of {@code pkg.Service}:
 *
 * <ul>
 *   <li>{@code Method}: unary; the request
 *   <li>{@code Collect}: client streaming; how many bytes came, in digits
 *   <li>{@code Spread}: server streaming, asked {@code 3 1000} for three messages of 1000 bytes
 *   <li>{@code Chat}: both ways; every message back
 *   <li>{@code Metadata}: unary; the metadata that came, a line each. What begins with {@code app-}
 *       is sent back before the response, and as {@code end-app-} after it
 *   <li>{@code Fail}: unary; {@code ABORTED} with the request as its message
 *   <li>{@code Wait}: unary; the request, once the gate of that name is {@link #open}
 *   <li>{@code Drip}: server streaming; the request, and then nothing and no end
 * </ul>
 */
public interface GrpcUnderTest extends Closeable {
  int port();

  /** A client that is not connected yet. */
  Client plaintext();

  /** As this service of the mesh. */
  Client meshTls(String service);

  /** What came in, whether there is such a method or not, as {@code pkg.Service/Method}. */
  Queue<String> seen();

  /** What of {@link #seen} is over, as {@code pkg.Service/Method OK}. */
  Queue<String> over();

  /** How many connections there have been. */
  int connections();

  /** Lets go what waits at this gate, now or later. */
  void open(String gate);

  /** Accepts no more; what is at work goes on. */
  void shutdown();

  /** Waits for the end of everything after {@link #shutdown}; false if it does not come. */
  boolean terminated(Duration within) throws InterruptedException;

  /** Ends everything at once. */
  @Override
  void close();

  /** The mesh's listener on the port. */
  default TestListener listener() {
    return TestMesh.get().listener(port());
  }

  /** Calls by one connection at a time. */
  interface Client extends Closeable {
    /** Begins a call that may take any time. */
    default Call call(String method, String... metadata) {
      return call(null, method, metadata);
    }

    /**
     * Begins a call.
     *
     * @param deadline null for none
     * @param metadata {@code name=value}
     */
    Call call(@Nullable Duration deadline, String method, String... metadata);

    /** Makes a unary call, and waits for its end. */
    default Outcome unary(String method, byte[] request, String... metadata) {
      Call call = call(method, metadata);
      call.send(request).end();
      return call.outcome();
    }

    @Override
    void close();
  }

  /** A call that has begun. Everything that waits does so for a minute. */
  interface Call {
    /** Queues a message. */
    Call send(byte[] message);

    /** Says that there are no more messages. */
    Call end();

    void cancel();

    /** Waits for a message; null if it has ended without. */
    byte @Nullable [] read();

    /** Waits for the end, and reads what has not been. */
    Outcome outcome();
  }

  /**
   * How a call has ended.
   *
   * @param code as {@code PERMISSION_DENIED}
   * @param messages those that were not read before
   * @param headers that came before the messages
   * @param trailers that came after them
   */
  record Outcome(
      String code,
      @Nullable String description,
      List<byte[]> messages,
      List<String> headers,
      List<String> trailers) {}
}
