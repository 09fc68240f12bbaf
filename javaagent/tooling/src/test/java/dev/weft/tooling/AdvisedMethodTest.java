package dev.weft.tooling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.dynamic.ClassFileLocator;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Label;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;
import net.bytebuddy.pool.TypePool;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is woven does what the same does that Byte Buddy weaves, and the JVM's verifier, which looks
 * at everything in these loaders, finds nothing wrong with it.
 */
class AdvisedMethodTest {
  private static final String TARGETS = Targets.class.getName();

  @BeforeEach
  void forget() {
    Advices.SEEN.clear();
  }

  private record Woven(MethodMatch methods, Class<?> advice) {}

  private static Arguments row(MethodMatch methods, Class<?>... advice) {
    return Arguments.of(Arrays.stream(advice).map(one -> new Woven(methods, one)).toList());
  }

  static Stream<Arguments> woven() {
    MethodMatch all =
        MethodMatch.method(
            "name nothing number both statics thrower switching array letter".split(" "));
    MethodMatch constructors = MethodMatch.constructor();
    return Stream.of(
        row(all, Advices.Before.class),
        row(all, Advices.After.class),
        row(all, Advices.Around.class),
        row(all, Advices.Around.class, Advices.Around.class),
        row(all, Advices.Before.class, Advices.Around.class, Advices.After.class),
        row(all, Advices.Swallows.class, Advices.Around.class),
        row(all, Advices.Skips.class),
        row(all, Advices.SkipsTrue.class, Advices.Around.class),
        row(all, Advices.Around.class, Advices.SkipsTrue.class),
        row(all, Advices.SkipsByType.class, Advices.After.class),
        row(constructors, Advices.Before.class),
        row(constructors, Advices.After.class),
        row(constructors, Advices.AroundNormal.class),
        row(MethodMatch.method("number"), Advices.Numbers.class),
        row(MethodMatch.method("number"), Advices.Numbers.class, Advices.Numbers.class),
        row(MethodMatch.method("both"), Advices.Wide.class),
        row(MethodMatch.method("both"), Advices.Wide.class, Advices.Around.class),
        row(MethodMatch.method("statics"), Advices.Statics.class),
        row(MethodMatch.method("thrower"), Advices.ReturnsAnything.class),
        row(MethodMatch.method("thrower"), Advices.Fails.class),
        row(MethodMatch.method("thrower"), Advices.Fails.class, Advices.Around.class));
  }

  @ParameterizedTest
  @MethodSource("woven")
  void asByteBuddyDoes(List<Woven> changes) throws Exception {
    List<String> theirs = run(byByteBuddy(changes));
    List<String> ours = run(byUs(changes));
    assertThat(ours).isEqualTo(theirs).hasSizeGreaterThan(20);
  }

  private static byte[] byUs(List<Woven> changes) throws IOException {
    Recipe recipe = recipe(classFile(TARGETS), "fault");
    for (Woven change : changes) {
      recipe.applyAdviceToMethod(change.methods(), change.advice().getName());
    }
    return recipe.weave();
  }

  private static Recipe recipe(byte[] bytes, String errors) {
    return new Recipe(
        bytes, AdvisedMethodTest.class.getClassLoader(), AdvisedMethodTest::classFile, errors);
  }

  private static byte[] byByteBuddy(List<Woven> changes) throws IOException {
    ClassFileLocator files = ClassFileLocator.ForClassLoader.of(Targets.class.getClassLoader());
    var builder =
        new ByteBuddy().decorate(TypePool.Default.of(files).describe(TARGETS).resolve(), files);
    for (Woven change : changes) {
      builder = builder.visit(Advice.to(change.advice()).on(change.methods()));
    }
    return builder.make().getBytes();
  }

  /** What every method of the class gives, for good arguments and for bad ones. */
  private static List<String> run(byte[] woven) throws Exception {
    Advices.SEEN.clear();
    Class<?> type = new WovenLoader(Map.of(TARGETS, woven)).loadClass(TARGETS);
    List<String> results = new ArrayList<>();
    Constructor<?> constructor = type.getConstructor(String.class, int.class);
    for (int times = 1; times <= 3; times++) {
      Object target = constructor.newInstance("target", times);
      Map<String, Object[][]> calls = new TreeMap<>();
      calls.put("name", new Object[][] {{}});
      calls.put("nothing", new Object[][] {{}});
      calls.put("number", new Object[][] {{1, 5L, (byte) 3}, {times, 0L, (byte) 0}});
      calls.put("both", new Object[][] {{1.5, 2L, "text"}, {0.0, -1L, ""}, {1.0, 1L, null}});
      calls.put("statics", new Object[][] {{1f, 2d, new Object[] {"3", "four", null}}});
      calls.put("thrower", new Object[][] {{"text"}, {null}, {""}});
      calls.put("switching", new Object[][] {{"a"}, {"c"}, {"d"}});
      calls.put("array", new Object[][] {{3}, {0}, {-1}});
      calls.put("letter", new Object[][] {{0.5f}, {2f}});
      for (Method method : type.getMethods()) {
        for (Object[] arguments : calls.getOrDefault(method.getName(), new Object[0][])) {
          results.add(method.getName() + " " + result(method, target, arguments));
        }
      }
      results.sort(null);
      results.add(target.toString());
    }
    results.addAll(Advices.SEEN);
    return results;
  }

  private static String result(Method method, Object target, Object... arguments) throws Exception {
    try {
      Object result = method.invoke(target, arguments);
      return result instanceof int[] array ? Arrays.toString(array) : String.valueOf(result);
    } catch (InvocationTargetException e) {
      return e.getCause() + " by " + e.getCause().getCause();
    }
  }

  @Test
  void underAFloorAnErrorInsideEndsTheMethod() throws Exception {
    Recipe recipe = recipe(classFile(TARGETS), "failed");
    recipe.applyAdviceToMethod(MethodMatch.method("thrower"), Advices.Fails.class.getName());
    Class<?> type = new WovenLoader(Map.of(TARGETS, recipe.weave())).loadClass(TARGETS);
    Object target = type.getConstructor(String.class, int.class).newInstance("x", 1);
    Method thrower = type.getMethod("thrower", String.class);
    assertThat(result(thrower, target, "text")).contains("IllegalStateException: advice");
  }

  /** Kotlin's compiler leaves what it has begun on the stack when it returns. */
  @ParameterizedTest
  @MethodSource("versions")
  void whatLiesOnTheStackAtAReturnIsDropped(int version) throws Exception {
    byte[] bytes = leavesThingsBehind(version);
    Recipe recipe = recipe(bytes, "fault");
    recipe.applyAdviceToMethod(MethodMatch.method("pick"), Advices.Around.class.getName());
    Class<?> type = new WovenLoader(Map.of("Kept", recipe.weave())).loadClass("Kept");
    Method pick = type.getMethod("pick", int.class);
    assertThat(pick.invoke(null, 0)).isEqualTo(5L);
    assertThat(pick.invoke(null, 1)).isEqualTo(6L);
    assertThat(Advices.SEEN).filteredOn(seen -> seen.startsWith("exit")).hasSize(2);
  }

  static Stream<Integer> versions() {
    return Stream.of(Opcodes.V1_5, Opcodes.V1_8, Opcodes.V17);
  }

  /** {@code static long pick(int which)}, which returns with an int, a double and a text below. */
  private static byte[] leavesThingsBehind(int version) {
    ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES);
    writer.visit(version, Opcodes.ACC_PUBLIC, "Kept", null, "java/lang/Object", null);
    MethodVisitor code =
        writer.visitMethod(Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC, "pick", "(I)J", null, null);
    code.visitCode();
    code.visitInsn(Opcodes.ICONST_3);
    code.visitLdcInsn(2.5);
    code.visitLdcInsn("text");
    code.visitVarInsn(Opcodes.ILOAD, 0);
    Label other = new Label();
    code.visitJumpInsn(Opcodes.IFNE, other);
    code.visitLdcInsn(5L);
    code.visitInsn(Opcodes.LRETURN);
    code.visitLabel(other);
    code.visitInsn(Opcodes.DUP_X2);
    code.visitLdcInsn(6L);
    code.visitInsn(Opcodes.LRETURN);
    code.visitMaxs(0, 0);
    code.visitEnd();
    writer.visitEnd();
    return writer.toByteArray();
  }

  /** Every method of some hundred classes, as compilers make them. */
  @Test
  void wholeLibrariesAreVerified() throws Exception {
    Map<String, byte[]> woven = new HashMap<>();
    for (String name : classesBeside(ClassReader.class)) {
      Recipe recipe = recipe(classFile(name), "fault");
      recipe.applyAdviceToMethod(MethodMatch.constructor(), Advices.AroundNormal.class.getName());
      recipe.applyAdviceToMethod(MethodMatch.constructor(), Advices.Before.class.getName());
      for (String method : methods(classFile(name))) {
        recipe.applyAdviceToMethod(MethodMatch.method(method), Advices.Around.class.getName());
      }
      woven.put(name, recipe.weave());
    }
    assertThat(woven).hasSizeGreaterThan(30);
    WovenLoader loader = new WovenLoader(woven);
    for (String name : woven.keySet()) {
      // Verified before it is initialized.
      Class.forName(name, true, loader);
    }
    // And it works: a class is read and written by what was woven.
    Object reader =
        loader
            .loadClass(ClassReader.class.getName())
            .getConstructor(byte[].class)
            .newInstance((Object) classFile(TARGETS));
    assertThat(reader.getClass().getMethod("getClassName").invoke(reader))
        .isEqualTo(TARGETS.replace('.', '/'));
    assertThat(Advices.SEEN).isNotEmpty();
  }

  @Test
  void whatIsNotUnderstoodIsAnError() {
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.method("name"), Advices.Origin.class))))
        .hasMessageContaining("Advices$Origin: ")
        .hasMessageContaining("Origin; is not understood");
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.method("thrower"), Advices.WrongType.class))))
        .hasMessageContaining("of thrower it wants int, not java.lang.String");
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.method("name"), Advices.WrongType.class))))
        .hasMessageContaining("name()Ljava/lang/String; has no ARGUMENT for it");
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.method("name"), Advices.NoField.class))))
        .hasMessageContaining("has no field nowhere");
    for (Class<?> odd : List.of(Advices.SkipsOnNothing.class, Advices.SkipsOnFloat.class)) {
      assertThatThrownBy(() -> byUs(List.of(new Woven(MethodMatch.method("name"), odd))))
          .hasMessageContaining("OnNonDefaultValue of ")
          .hasMessageContaining(" is not understood");
    }
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.method("name"), Advices.Nothing.class))))
        .hasMessageContaining("nothing in it is annotated");
    assertThatThrownBy(
            () -> byUs(List.of(new Woven(MethodMatch.constructor(), Advices.Around.class))))
        .hasMessageContaining("a constructor cannot be skipped, nor its errors be caught");
  }

  private static List<String> methods(byte[] bytes) {
    return Shape.of(new ClassReader(bytes)).methods().stream()
        .filter(method -> method.hasCode() && !method.name().startsWith("<"))
        .map(Shape.Method::name)
        .distinct()
        .toList();
  }

  private static byte[] classFile(String name) throws IOException {
    String file = name.replace('.', '/') + ".class";
    try (@Nullable InputStream in =
        AdvisedMethodTest.class.getClassLoader().getResourceAsStream(file)) {
      if (in == null) {
        throw new IOException("no " + file);
      }
      return in.readAllBytes();
    }
  }

  private static List<String> classesBeside(Class<?> type) throws Exception {
    String folder = type.getPackageName().replace('.', '/') + "/";
    try (var jar =
        new java.util.jar.JarFile(
            new java.io.File(type.getProtectionDomain().getCodeSource().getLocation().toURI()))) {
      return jar.stream()
          .map(entry -> entry.getName())
          .filter(name -> name.startsWith(folder) && name.endsWith(".class"))
          .map(name -> name.substring(0, name.length() - 6).replace('/', '.'))
          .toList();
    }
  }
}
