package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.constructor;
import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.asm.Advice;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Where a channel meets its connector, and where a file would bypass our encryption. */
final class SocketWrapperType extends WovenType {
  SocketWrapperType() {
    super("org.apache.tomcat.util.net.NioEndpoint$NioSocketWrapper");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        constructor().taking(2), SocketWrapperType.class.getName() + "$Construct");
    transformer.applyAdviceToMethod(
        method("processSendfile").taking(1),
        SocketWrapperType.class.getName() + "$ProcessSendfile");
  }

  @SuppressWarnings("unused")
  public static class Construct {
    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Argument(0) NioChannel channel, @Advice.Argument(1) NioEndpoint endpoint) {
      TomcatHooks.attach(channel, endpoint);
    }
  }

  @SuppressWarnings("unused")
  public static class ProcessSendfile {
    @Advice.OnMethodEnter(suppress = Throwable.class, skipOn = Advice.OnNonDefaultValue.class)
    public static @Nullable SendfileState enter(
        @Advice.This SocketWrapperBase<?> connection, @Advice.Argument(0) SendfileDataBase data) {
      return TomcatHooks.sendfile(connection, data);
    }

    @Advice.OnMethodExit(suppress = Throwable.class)
    public static void exit(
        @Advice.Enter @Nullable SendfileState sent,
        @Advice.Return(readOnly = false) SendfileState state) {
      if (sent != null) {
        state = sent;
      }
    }
  }
}
