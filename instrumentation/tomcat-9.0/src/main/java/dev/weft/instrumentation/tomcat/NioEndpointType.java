package dev.weft.instrumentation.tomcat;

import static dev.weft.tooling.MethodMatch.method;

import dev.weft.instrumentation.tomcat.inside.TomcatHooks;
import dev.weft.tooling.CodeChange;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.function.UnaryOperator;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import org.apache.tomcat.util.net.NioEndpoint;

/** Where a connector makes its channels, and begins to accept. */
final class NioEndpointType extends WovenType {
  NioEndpointType() {
    super("org.apache.tomcat.util.net.NioEndpoint");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        method("startInternal").taking(0), NioEndpointType.class.getName() + "$StartInternal");
    OurChannel channel = new OurChannel();
    transformer.applyTransformer(
        new CodeChange(method("createChannel", "setSocketOptions"), channel, () -> channel.done));
  }

  @SuppressWarnings("unused")
  public static class StartInternal {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This NioEndpoint endpoint) {
      TomcatHooks.opening(endpoint);
    }
  }

  /**
   * {@code MeshNioChannel.instead(new NioChannel(buffers))} in the place of {@code new
   * NioChannel(buffers)}: Tomcat 11 says it in {@code createChannel}, 9 and 10 in the middle of
   * {@code setSocketOptions}.
   */
  private static final class OurChannel implements UnaryOperator<MethodVisitor> {
    private boolean done;

    @Override
    public MethodVisitor apply(MethodVisitor next) {
      return new Construction(next, () -> done = true);
    }
  }

  private static final class Construction extends MethodVisitor {
    private static final String CHANNEL = "org/apache/tomcat/util/net/NioChannel";

    private final Runnable found;

    Construction(MethodVisitor next, Runnable found) {
      super(Opcodes.ASM9, next);
      this.found = found;
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
      if (opcode == Opcodes.INVOKESPECIAL && owner.equals(CHANNEL) && name.equals("<init>")) {
        found.run();
        // What was made is on top of the stack, for whoever wanted it.
        super.visitMethodInsn(
            Opcodes.INVOKESTATIC,
            "dev/weft/instrumentation/tomcat/inside/MeshNioChannel",
            "instead",
            "(L" + CHANNEL + ";)L" + CHANNEL + ";",
            false);
      }
    }
  }
}
