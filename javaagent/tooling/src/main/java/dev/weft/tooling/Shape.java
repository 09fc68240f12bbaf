package dev.weft.tooling;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.FieldVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * What a class file declares, without its code.
 *
 * @param name internal name
 * @param parent internal name of the superclass; null: of {@code Object} there is none
 * @param frames whether its code has stack map frames (class files from Java 6 on)
 */
record Shape(
    String name,
    @Nullable String parent,
    boolean frames,
    Map<String, Field> fields,
    List<Method> methods) {
  record Field(boolean isStatic, Type type) {}

  /** A method, a constructor or the initializer of the class. */
  record Method(int access, String name, String descriptor) {
    boolean isStatic() {
      return (access & Opcodes.ACC_STATIC) != 0;
    }

    boolean isConstructor() {
      return name.equals("<init>");
    }

    boolean hasCode() {
      return (access & (Opcodes.ACC_ABSTRACT | Opcodes.ACC_NATIVE)) == 0;
    }
  }

  static Shape of(ClassReader file) {
    Reader reader = new Reader();
    file.accept(reader, ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
    return new Shape(
        file.getClassName(),
        file.getSuperName(),
        reader.major >= Opcodes.V1_6,
        reader.fields,
        reader.methods);
  }

  private static final class Reader extends ClassVisitor {
    final Map<String, Field> fields = new HashMap<>();
    final List<Method> methods = new ArrayList<>();
    int major;

    Reader() {
      super(Opcodes.ASM9);
    }

    @Override
    public void visit(
        int version,
        int access,
        String name,
        @Nullable String signature,
        @Nullable String parent,
        String @Nullable [] interfaces) {
      major = version & 0xffff;
    }

    @Override
    public @Nullable FieldVisitor visitField(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        @Nullable Object value) {
      boolean isStatic = (access & Opcodes.ACC_STATIC) != 0;
      fields.put(name, new Field(isStatic, Type.getType(descriptor)));
      return null;
    }

    @Override
    public @Nullable MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      methods.add(new Method(access, name, descriptor));
      return null;
    }
  }
}
