package dev.weft.tooling;

import java.security.ProtectionDomain;
import java.util.function.BooleanSupplier;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.asm.AsmVisitorWrapper.ForDeclaredMethods.MethodVisitorWrapper;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/**
 * A change of methods' code that advice cannot express, for {@code applyTransformer}. Any host of
 * modules can carry it out; ours takes the two parts of it and needs no {@code
 * DynamicType.Builder}, which would bring in half of Byte Buddy.
 *
 * @param methods the methods and constructors to change
 * @param change what is done to their code
 * @param done whether it has found what it is to change; asked when a class is woven
 */
public record CodeChange(
    ElementMatcher<? super MethodDescription> methods,
    MethodVisitorWrapper change,
    BooleanSupplier done)
    implements AgentBuilder.Transformer {
  /** A change that may find nothing to change. */
  public CodeChange(
      ElementMatcher<? super MethodDescription> methods, MethodVisitorWrapper change) {
    this(methods, change, () -> true);
  }

  @Override
  public DynamicType.Builder<?> transform(
      DynamicType.Builder<?> builder,
      TypeDescription type,
      @Nullable ClassLoader loader,
      @Nullable JavaModule module,
      @Nullable ProtectionDomain domain) {
    return builder.visit(new AsmVisitorWrapper.ForDeclaredMethods().invokable(methods, change));
  }
}
