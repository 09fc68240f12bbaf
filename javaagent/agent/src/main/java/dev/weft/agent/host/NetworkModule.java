package dev.weft.agent.host;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.bootstrap.Bridge;
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
  private static final String NAME = NetworkModule.class.getName();

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
        new Type("java.net.Socket") {
          @Override
          public void transform(TypeTransformer transformer) {
            transformer.applyAdviceToMethod(
                method("connect").taking(2).argument(0, SocketAddress.class), NAME + "$Connect");
          }
        },
        new Type("sun.nio.ch.SocketChannelImpl") {
          @Override
          public void transform(TypeTransformer transformer) {
            transformer.applyAdviceToMethod(
                method("connect").taking(1).argument(0, SocketAddress.class), NAME + "$Connect");
          }
        },
        new Type("java.net.ServerSocket") {
          @Override
          public void transform(TypeTransformer transformer) {
            transformer.applyAdviceToMethod(
                method("bind").taking(2).argument(0, SocketAddress.class), NAME + "$Bind");
          }
        },
        new Type("sun.nio.ch.ServerSocketChannelImpl") {
          @Override
          public void transform(TypeTransformer transformer) {
            transformer.applyAdviceToMethod(
                method("bind").taking(2).argument(0, SocketAddress.class), NAME + "$BindChannel");
          }
        });
  }

  private abstract static class Type extends WovenType {
    Type(String name) {
      super(name);
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
