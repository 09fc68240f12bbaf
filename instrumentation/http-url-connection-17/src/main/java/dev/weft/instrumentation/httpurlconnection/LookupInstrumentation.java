package dev.weft.instrumentation.httpurlconnection;

import dev.weft.instrumentation.httpurlconnection.inside.MeshHosts;
import dev.weft.tooling.CodeChange;
import dev.weft.tooling.MethodMatch;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * Leads the library's own look-ups of a URL's host, in the middle of its methods where no advice
 * reaches, to {@link MeshHosts}.
 */
final class LookupInstrumentation extends WovenType {
  LookupInstrumentation() {
    super("sun.net.www.protocol.http.HttpCallerInfo");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    redirect(transformer);
  }

  /** Does so in every method and constructor of a type. */
  static void redirect(TypeTransformer transformer) {
    transformer.applyTransformer(new CodeChange(MethodMatch.anyCode(), Redirect::new));
  }

  private static final class Redirect extends MethodVisitor {
    Redirect(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      boolean lookup =
          opcode == Opcodes.INVOKESTATIC
              && owner.equals("java/net/InetAddress")
              && name.equals("getByName");
      super.visitMethodInsn(
          opcode,
          lookup ? "dev/weft/instrumentation/httpurlconnection/inside/MeshHosts" : owner,
          name,
          descriptor,
          isInterface);
    }
  }
}
