package dev.weft.agent.host;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.bridge.Bridge;
import dev.weft.tooling.MethodMatch;
import dev.weft.tooling.WeftModule;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.List;
import net.bytebuddy.asm.Advice;
import org.jspecify.annotations.Nullable;

/**
 * Sees each socket of the JDK's as it is connected or bound, whichever library makes it. What opens
 * sockets by native code of its own (Netty's epoll) is not seen.
 */
public final class NetworkModule extends WeftModule {
  public NetworkModule() {
    super("network");
  }

  /** Every JVM loads these classes. */
  @Override
  public boolean onDemand() {
    return true;
  }

  @Override
  public List<WovenType> types() {
    return List.of(
        new Made("java.net.Socket", method("connect").taking(2), "Connect"),
        new Made("sun.nio.ch.SocketChannelImpl", method("connect").taking(1), "Connect"),
        new Made("java.net.ServerSocket", method("bind").taking(2), "Bind"),
        new Made("sun.nio.ch.ServerSocketChannelImpl", method("bind").taking(2), "BindChannel"));
  }

  /** A class of sockets, and its one method that is given the address. */
  private static final class Made extends WovenType {
    private final MethodMatch given;
    private final String advice;

    Made(String type, MethodMatch method, String advice) {
      super(type);
      this.given = method.argument(0, SocketAddress.class);
      this.advice = NetworkModule.class.getName() + "$" + advice;
    }

    @Override
    public void transform(TypeTransformer transformer) {
      transformer.applyAdviceToMethod(given, advice);
    }
  }

  static final class Connect {
    private Connect() {}

    @Advice.OnMethodEnter(suppress = Throwable.class)
    static void enter(@Advice.Argument(0) @Nullable SocketAddress to) {
      Bridge.connecting(to);
    }
  }

  static final class Bind {
    private Bind() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.This ServerSocket socket) {
      Bridge.bound(socket.getLocalSocketAddress());
    }
  }

  static final class BindChannel {
    private BindChannel() {}

    @Advice.OnMethodExit(suppress = Throwable.class)
    static void exit(@Advice.This ServerSocketChannel channel) throws IOException {
      Bridge.bound(channel.getLocalAddress());
    }
  }
}
