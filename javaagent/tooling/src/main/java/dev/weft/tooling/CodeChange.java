package dev.weft.tooling;

import java.security.ProtectionDomain;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.AsmVisitorWrapper;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.utility.JavaModule;
import org.jspecify.annotations.Nullable;

/**
 * A change of methods' code that advice cannot express, for {@code applyTransformer}. Any host of
 * modules can carry it out; ours takes its parts and needs no {@code DynamicType.Builder}, which
 * would bring in half of Byte Buddy.
 *
 * @param methods the methods and constructors to change
 * @param change makes the visitor that changes the code, of the one that writes it; called for each
 *     method
 * @param done whether it has found what it is to change; asked when a class is woven
 */
public record CodeChange(
    MethodMatch methods, UnaryOperator<MethodVisitor> change, BooleanSupplier done)
    implements AgentBuilder.Transformer {
  /** A change that may find nothing to change. */
  public CodeChange(MethodMatch methods, UnaryOperator<MethodVisitor> change) {
    this(methods, change, () -> true);
  }

  @Override
  public DynamicType.Builder<?> transform(
      DynamicType.Builder<?> builder,
      TypeDescription type,
      @Nullable ClassLoader loader,
      @Nullable JavaModule module,
      @Nullable ProtectionDomain domain) {
    return builder.visit(
        new AsmVisitorWrapper.ForDeclaredMethods()
            .invokable(
                methods,
                (of, method, visitor, context, pool, writerFlags, readerFlags) ->
                    change.apply(visitor)));
  }
}
