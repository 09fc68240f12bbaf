package dev.weft.instrumentation.tomcat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.testkit.Http1;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What lives in Tomcat's loader: it must link there, branch by branch, and let go. */
class HelperTest extends AbstractTomcatTest {
  HelperTest(String version) {
    super(version);
  }

  @Test
  void everythingThatHelpersNameIsInThisTomcat() throws Exception {
    ClassLoader tomcat = TomcatUnderTest.loader(version);
    List<String> missing = new ArrayList<>();
    for (String helper : new TomcatModule().getAdditionalHelperClassNames()) {
      try (InputStream file =
          TomcatModule.class.getResourceAsStream("/" + helper.replace('.', '/') + ".class")) {
        new ClassReader(file).accept(new Names(tomcat, helper, missing), 0);
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void stoppedTomcatsAreForgotten() throws Exception {
    WeakReference<Object> gone = runAndForget();
    // Some of its threads may still be on their way out.
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (gone.get() != null && System.nanoTime() - end < 0) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
    }
    assertThat(gone.get()).isNull();
  }

  private WeakReference<Object> runAndForget() throws Exception {
    try (TomcatUnderTest tomcat = start();
        Http1 tls = Http1.tls(tomcat.port(), "shop");
        Http1 plain = Http1.plain(tomcat.port())) {
      assertThat(tls.get("/facts").status()).isEqualTo(200);
      assertThat(plain.get("/facts").status()).isEqualTo(200);
      // The mesh of the tests remembers the requests that it was asked about; a real one does not.
      tomcat.listener().asked().clear();
      return new WeakReference<>(tomcat.endpoint());
    }
  }

  /** Looks up each class, method and field of Tomcat's that a helper refers to. */
  private static final class Names extends ClassVisitor {
    private final ClassLoader tomcat;
    private final String helper;
    private final List<String> missing;

    Names(ClassLoader tomcat, String helper, List<String> missing) {
      super(Opcodes.ASM9);
      this.tomcat = tomcat;
      this.helper = helper;
      this.missing = missing;
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String method,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      return new MethodVisitor(Opcodes.ASM9) {
        @Override
        public void visitMethodInsn(
            int opcode, String owner, String name, String called, boolean isInterface) {
          check(owner, name, called);
        }

        @Override
        public void visitFieldInsn(int opcode, String owner, String name, String type) {
          check(owner, name, type);
        }

        @Override
        public void visitTypeInsn(int opcode, String type) {
          if (type.startsWith("org/apache/") && find(type) == null) {
            missing.add(helper + " names " + type);
          }
        }

        @Override
        public void visitInvokeDynamicInsn(
            String name, String dynamic, Handle bootstrap, Object... arguments) {
          // A lambda would be a class of its own, which no host defines.
          if (!bootstrap.getOwner().equals("java/lang/invoke/StringConcatFactory")) {
            missing.add(helper + " uses " + bootstrap.getOwner());
          }
        }
      };
    }

    private void check(String owner, String name, String descriptor) {
      if (owner.startsWith("org/apache/") && !has(find(owner), name, descriptor)) {
        missing.add(helper + " uses " + owner + "." + name + descriptor);
      }
    }

    private @Nullable Class<?> find(String internalName) {
      try {
        return Class.forName(internalName.replace('/', '.'), false, tomcat);
      } catch (ClassNotFoundException e) {
        return null;
      }
    }

    private static boolean has(@Nullable Class<?> type, String name, String descriptor) {
      if (type == null) {
        return false;
      }
      for (var field : type.getDeclaredFields()) {
        if (field.getName().equals(name)
            && Type.getDescriptor(field.getType()).equals(descriptor)) {
          return true;
        }
      }
      for (var constructor : type.getDeclaredConstructors()) {
        if (name.equals("<init>")
            && Type.getConstructorDescriptor(constructor).equals(descriptor)) {
          return true;
        }
      }
      for (var method : type.getDeclaredMethods()) {
        if (method.getName().equals(name) && Type.getMethodDescriptor(method).equals(descriptor)) {
          return true;
        }
      }
      for (Class<?> parent : type.getInterfaces()) {
        if (has(parent, name, descriptor)) {
          return true;
        }
      }
      return has(type.getSuperclass(), name, descriptor);
    }
  }
}
