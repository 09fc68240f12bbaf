package dev.weft.tooling;

import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.matcher.ElementMatcher;
import org.jspecify.annotations.Nullable;

/** Collects what a module wants done to one type, and does it. */
final class Recipe implements TypeTransformer {
  /** Finds class files of the agent's own. */
  interface ClassFiles {
    byte[] read(String name) throws IOException;
  }

  /** Something to be done to one method of the type. */
  private interface Change {
    boolean concerns(Shape.Method method);

    MethodVisitor around(MethodVisitor next, Shape.Method method);
  }

  private final ClassReader file;
  private final Shape type;
  private final Layout.FieldTypes fields;
  private final ClassFiles ours;
  private final String errors;
  private final List<Change> changes = new ArrayList<>();
  private final List<CodeChange> toBeDone = new ArrayList<>();
  private final List<String> missed = new ArrayList<>();

  /**
   * @param loader of the type; null: the bootstrap loader
   * @param errors the method of the bridge that is told of an error inside advice
   */
  Recipe(byte[] bytes, @Nullable ClassLoader loader, ClassFiles ours, String errors) {
    this.file = new ClassReader(bytes);
    this.type = Shape.of(file);
    this.fields = name -> field(name, loader);
    this.ours = ours;
    this.errors = errors;
  }

  @Override
  public void applyAdviceToMethod(
      ElementMatcher<? super MethodDescription> methods,
      Function<Advice.WithCustomMapping, Advice.WithCustomMapping> mapping,
      String adviceClass) {
    if (!(methods instanceof MethodMatch match)) {
      throw new IllegalArgumentException(
          "methods: " + methods.getClass().getName() + " (expected: a MethodMatch)");
    }
    if (!isThere(match)) {
      missed.add(adviceClass.substring(adviceClass.lastIndexOf('.') + 1));
      return;
    }
    changes.add(new Advised(match, advice(adviceClass)));
  }

  @Override
  public void applyTransformer(AgentBuilder.Transformer transformer) {
    if (!(transformer instanceof CodeChange change)) {
      throw new IllegalArgumentException(
          "transformer: " + transformer.getClass().getName() + " (expected: a CodeChange)");
    }
    changes.add(new Changed(change));
    toBeDone.add(change);
  }

  boolean isEmpty() {
    return changes.isEmpty();
  }

  /** Whether there is anything in the type that could be woven. */
  boolean hasCode() {
    return type.methods().stream().anyMatch(Shape.Method::hasCode);
  }

  /** Names of the changes that have found nothing to change. */
  List<String> missed() {
    return missed;
  }

  byte[] weave() {
    // With the reader: methods that are not changed are copied as they are.
    ClassWriter writer = new ClassWriter(file, 0);
    file.accept(new Around(writer), ClassReader.EXPAND_FRAMES);
    for (CodeChange change : toBeDone) {
      if (!change.done().getAsBoolean()) {
        missed.add(change.change().getClass().getSimpleName());
      }
    }
    return writer.toByteArray();
  }

  private boolean isThere(MethodMatch match) {
    for (Shape.Method method : type.methods()) {
      if (concerns(match, method)) {
        return true;
      }
    }
    return false;
  }

  private static boolean concerns(MethodMatch match, Shape.Method method) {
    return method.hasCode() && match.matches(method.access(), method.name(), method.descriptor());
  }

  private AdviceClass advice(String name) {
    try {
      return AdviceClass.read(name, ours.read(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A field of the type, or of the nearest of what it extends that declares one. */
  private Shape.@Nullable Field field(String name, @Nullable ClassLoader loader) {
    Shape.Field field = type.fields().get(name);
    String parent = type.parent();
    while (field == null && parent != null) {
      Shape shape = shape(parent, loader);
      field = shape.fields().get(name);
      parent = shape.parent();
    }
    return field;
  }

  private static Shape shape(String name, @Nullable ClassLoader loader) {
    String file = name + ".class";
    try (InputStream in =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(file)
            : loader.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("its loader has no " + file);
      }
      return Shape.of(new ClassReader(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class Around extends ClassVisitor {
    Around(ClassWriter writer) {
      super(Opcodes.ASM9, writer);
    }

    @Override
    public MethodVisitor visitMethod(
        int access,
        String name,
        String descriptor,
        @Nullable String signature,
        String @Nullable [] exceptions) {
      MethodVisitor visitor = super.visitMethod(access, name, descriptor, signature, exceptions);
      Shape.Method method = new Shape.Method(access, name, descriptor);
      for (Change change : changes) {
        if (change.concerns(method)) {
          visitor = change.around(visitor, method);
        }
      }
      return visitor;
    }
  }

  private final class Advised implements Change {
    private final MethodMatch methods;
    private final AdviceClass advice;

    Advised(MethodMatch methods, AdviceClass advice) {
      this.methods = methods;
      this.advice = advice;
    }

    @Override
    public boolean concerns(Shape.Method method) {
      return Recipe.concerns(methods, method);
    }

    @Override
    public MethodVisitor around(MethodVisitor next, Shape.Method method) {
      return new AdvisedMethod(next, type, method, advice, fields, errors);
    }
  }

  private record Changed(CodeChange change) implements Change {
    @Override
    public boolean concerns(Shape.Method method) {
      return Recipe.concerns(change.methods(), method);
    }

    @Override
    public MethodVisitor around(MethodVisitor next, Shape.Method method) {
      return change.change().apply(next);
    }
  }
}
