package dev.weft.instrumentation.tomcat.inside;

import dev.weft.bridge.Bridge;
import dev.weft.bridge.Listener;
import dev.weft.bridge.Unguarded;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** What the advice calls: one method a place that is woven. */
public final class TomcatHooks {
  private static final int SENDFILE_CHUNK = 16 * 1024;

  private TomcatHooks() {}

  /** The adapter that a protocol is given: ours around it, or itself where we have no business. */
  public static @Nullable Adapter adapter(
      AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint, @Nullable Adapter adapter) {
    if (adapter == null || adapter instanceof MeshAdapter) {
      return adapter;
    }
    MeshPort port = MeshPort.create(protocol, endpoint);
    return port == null ? adapter : new MeshAdapter(adapter, port);
  }

  /**
   * A protocol is about to bind its endpoint.
   *
   * @return what to throw if it must not, being one that nobody guards; else null
   */
  public static @Nullable Exception binding(
      AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
    Unguarded unguarded = MeshPort.unguarded(protocol, endpoint);
    String refused = unguarded == null ? null : Bridge.unguarded(unguarded);
    return refused == null ? null : new IOException("[weft: " + refused + "]");
  }

  /** A protocol is about to start its endpoint. */
  public static void starting(AbstractProtocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
    MeshPort port = MeshPort.find(endpoint);
    if (port != null) {
      port.configure((AbstractHttp11Protocol<?>) protocol);
    }
  }

  /** An endpoint is bound and about to accept. */
  public static void opening(AbstractEndpoint<?, ?> endpoint) {
    MeshPort port = MeshPort.find(endpoint);
    if (port != null) {
      port.open(endpoint);
    }
  }

  /** An endpoint accepts no more. */
  public static void closing(AbstractEndpoint<?, ?> endpoint) {
    MeshPort port = MeshPort.find(endpoint);
    if (port != null) {
      port.close();
    }
  }

  /** A connection gets its channel; before the channel's reset. */
  public static void attach(NioChannel channel, NioEndpoint endpoint) {
    if (channel instanceof MeshNioChannel) {
      ((MeshNioChannel) channel).attach(endpoint);
    }
  }

  /** A request object will carry the requests of this connection; null: of none. */
  public static void connect(Request request, @Nullable SocketWrapperBase<?> connection) {
    RequestNote.of(request).connection(connection);
  }

  /** After {@link #connect}: the request is a stream of HTTP/2. */
  public static void stream(Request request, InternalHttpUpgradeHandler streams) {
    RequestNote.of(request).stream(streams);
  }

  /**
   * The head of an HTTP/1.1 response is about to be written: whether it must end the connection.
   */
  public static boolean lastOfConnection(Request request) {
    RequestNote note = RequestNote.find(request);
    return note != null && note.lastOfConnection();
  }

  /** A request object is cleaned for its next use: its request is over, however it ended. */
  public static void recycled(Request request) {
    RequestNote note = RequestNote.find(request);
    if (note != null) {
      note.end(request);
    }
  }

  /**
   * Sends a file over a connection that encrypts. Tomcat would hand the file to the socket, past
   * the encryption; it knows better only of its own kind of TLS channel.
   *
   * @return null if the connection does not encrypt, and Tomcat's own way is right
   */
  public static @Nullable SendfileState sendfile(
      SocketWrapperBase<?> connection, SendfileDataBase data) {
    Listener listener = MeshNioChannel.encryptedFor(connection);
    if (listener == null) {
      return null;
    }
    // For the servlet the request is over by now.
    Runnable over = listener.working();
    try (FileInputStream file = new FileInputStream(data.fileName);
        FileChannel bytes = file.getChannel()) {
      ByteBuffer chunk = ByteBuffer.allocate(SENDFILE_CHUNK);
      while (data.length > 0) {
        chunk.clear().limit((int) Math.min(SENDFILE_CHUNK, data.length));
        int read = bytes.read(chunk, data.pos);
        if (read < 0) {
          throw new IOException("the file is shorter than was promised: " + data.fileName);
        }
        chunk.flip();
        connection.write(true, chunk);
        data.pos += read;
        data.length -= read;
      }
      connection.flush(true);
      return SendfileState.DONE;
    } catch (IOException e) {
      return SendfileState.ERROR;
    } catch (Throwable t) {
      Bridge.fault(t);
      // Never null: Tomcat would go on in plaintext.
      return SendfileState.ERROR;
    } finally {
      over.run();
    }
  }
}
