package dev.weft.tooling;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import net.bytebuddy.jar.asm.AnnotationVisitor;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.jar.asm.Type;
import org.jspecify.annotations.Nullable;

/**
 * A class of advice: what is to run before a method's own code, and what after it, as annotations
 * of Byte Buddy's {@code Advice} say. It is read from its class file: loading it would load the
 * library's types that it names. Of the annotations we understand what our modules use; anything
 * else is an error and never overlooked.
 */
final class AdviceClass {
  private static final String ANNOTATION = "Lnet/bytebuddy/asm/Advice$";

  /** What a parameter of advice stands for. */
  enum Source {
    ARGUMENT,
    THIS,
    FIELD,
    ENTER,
    LOCAL,
    RETURN,
    THROWN
  }

  /**
   * A parameter of advice.
   *
   * @param type as the advice declares it
   * @param index of an argument
   * @param name of a field or of a local variable
   */
  record Parameter(Source source, Type type, int index, String name, boolean readOnly) {}

  /**
   * The advice before a method, or the one after it.
   *
   * @param parameters by the slot of the advice's own variable
   * @param suppress internal name of the errors that do not leave the advice; null: all do
   * @param onThrowable internal name of the errors of the method after which the advice runs too;
   *     null: none
   * @param skipOn the method's own code is skipped if the result is of this type; null: never
   */
  record Part(
      String method,
      String descriptor,
      Map<Integer, Parameter> parameters,
      @Nullable String suppress,
      @Nullable String onThrowable,
      @Nullable String skipOn) {
    Type result() {
      return Type.getReturnType(descriptor);
    }

    int parameterSlots() {
      return (Type.getArgumentsAndReturnSizes(descriptor) >> 2) - 1; // it counts a "this"
    }
  }

  private final String name;
  private final ClassReader file;
  private final Map<String, Type> locals = new LinkedHashMap<>();
  private @Nullable Part enter;
  private @Nullable Part exit;

  private AdviceClass(String name, byte[] bytes) {
    this.name = name;
    this.file = new ClassReader(bytes);
  }

  static AdviceClass read(String name, byte[] bytes) {
    AdviceClass advice = new AdviceClass(name, bytes);
    advice.file.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public MethodVisitor visitMethod(
              int access,
              String method,
              String descriptor,
              @Nullable String signature,
              String @Nullable [] exceptions) {
            return advice.new MethodReader(method, descriptor);
          }
        },
        ClassReader.SKIP_CODE | ClassReader.SKIP_DEBUG);
    if (advice.enter == null && advice.exit == null) {
      throw advice.error("nothing in it is annotated");
    }
    return advice;
  }

  @Nullable Part enter() {
    return enter;
  }

  @Nullable Part exit() {
    return exit;
  }

  /** The variables that both parts share, in the order in which they are first named. */
  Map<String, Type> locals() {
    return locals;
  }

  /** Lets a visitor see the code of one part, with full frames. */
  void accept(Part part, MethodVisitor visitor) {
    file.accept(
        new ClassVisitor(Opcodes.ASM9) {
          @Override
          public @Nullable MethodVisitor visitMethod(
              int access,
              String method,
              String descriptor,
              @Nullable String signature,
              String @Nullable [] exceptions) {
            boolean wanted = method.equals(part.method()) && descriptor.equals(part.descriptor());
            return wanted ? visitor : null;
          }
        },
        ClassReader.SKIP_DEBUG | ClassReader.EXPAND_FRAMES);
  }

  IllegalStateException error(String what) {
    return new IllegalStateException("advice " + name + ": " + what);
  }

  /** Reads the annotations of one method. */
  private final class MethodReader extends MethodVisitor {
    private final String method;
    private final String descriptor;
    private final Type[] types;
    private final int[] slots;
    private final Map<Integer, Parameter> parameters = new HashMap<>();
    private @Nullable Attributes entering;
    private @Nullable Attributes leaving;

    MethodReader(String method, String descriptor) {
      super(Opcodes.ASM9);
      this.method = method;
      this.descriptor = descriptor;
      this.types = Type.getArgumentTypes(descriptor);
      this.slots = new int[types.length];
      for (int i = 1; i < types.length; i++) {
        slots[i] = slots[i - 1] + types[i - 1].getSize();
      }
    }

    @Override
    public @Nullable AnnotationVisitor visitAnnotation(String annotation, boolean visible) {
      switch (annotation) {
        case ANNOTATION + "OnMethodEnter;" -> {
          entering = new Attributes("suppress", "skipOn");
          return entering;
        }
        case ANNOTATION + "OnMethodExit;" -> {
          leaving = new Attributes("suppress", "onThrowable");
          return leaving;
        }
        default -> {
          return null;
        }
      }
    }

    @Override
    public @Nullable AnnotationVisitor visitParameterAnnotation(
        int index, String annotation, boolean visible) {
      if (!annotation.startsWith(ANNOTATION)) {
        return null;
      }
      Source source =
          switch (annotation.substring(ANNOTATION.length())) {
            case "Argument;" -> Source.ARGUMENT;
            case "This;" -> Source.THIS;
            case "FieldValue;" -> Source.FIELD;
            case "Enter;" -> Source.ENTER;
            case "Local;" -> Source.LOCAL;
            case "Return;" -> Source.RETURN;
            case "Thrown;" -> Source.THROWN;
            default -> throw error(annotation + " is not understood");
          };
      return new Attributes("value", "readOnly", "typing") {
        @Override
        public void visitEnd() {
          // A local variable is there to be written, and has no such attribute.
          boolean readOnly =
              source != Source.LOCAL && !Boolean.FALSE.equals(values.get("readOnly"));
          Object value = values.get("value");
          Parameter parameter =
              new Parameter(
                  source,
                  types[index],
                  value instanceof Integer number ? number : 0,
                  value instanceof String text ? text : "",
                  readOnly);
          parameters.put(slots[index], parameter);
          if (source == Source.LOCAL) {
            Type other = locals.putIfAbsent(parameter.name(), parameter.type());
            if (other != null && !other.equals(parameter.type())) {
              throw error("the variable " + parameter.name() + " has two types");
            }
          }
        }
      };
    }

    @Override
    public void visitEnd() {
      if (entering == null && leaving == null) {
        return;
      }
      if (parameters.size() != types.length) {
        throw error(method + " has a parameter that stands for nothing");
      }
      if (entering != null) {
        enter = part(entering);
      }
      if (leaving != null) {
        exit = part(leaving);
        if (exit.result() != Type.VOID_TYPE) {
          throw error(method + " has a result that nobody takes");
        }
      }
    }

    private Part part(Attributes attributes) {
      return new Part(
          method,
          descriptor,
          parameters,
          attributes.type("suppress"),
          attributes.type("onThrowable"),
          attributes.type("skipOn"));
    }
  }

  /** Reads the values of one annotation that are written out. */
  private class Attributes extends AnnotationVisitor {
    final Map<String, Object> values = new HashMap<>();
    private final String[] known;

    Attributes(String... known) {
      super(Opcodes.ASM9);
      this.known = known;
    }

    @Override
    public void visit(String attribute, Object value) {
      put(attribute, value);
    }

    @Override
    public void visitEnum(String attribute, String type, String value) {
      put(attribute, value);
    }

    @Override
    public AnnotationVisitor visitArray(String attribute) {
      throw error("the attribute " + attribute + " is not understood");
    }

    private void put(String attribute, Object value) {
      for (String name : known) {
        if (name.equals(attribute)) {
          values.put(attribute, value);
          return;
        }
      }
      throw error("the attribute " + attribute + " is not understood");
    }

    @Nullable String type(String attribute) {
      return values.get(attribute) instanceof Type type ? type.getInternalName() : null;
    }
  }
}
