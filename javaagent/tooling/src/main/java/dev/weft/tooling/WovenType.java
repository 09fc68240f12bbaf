package dev.weft.tooling;

import io.opentelemetry.javaagent.extension.instrumentation.TypeInstrumentation;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Function;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.matcher.ElementMatcher;
import net.bytebuddy.matcher.ElementMatchers;

/**
 * Types woven by their exact names. Being names, they are indexed when the agent is built: at run
 * time the weaver is not even loaded until a class of one of these names is.
 */
public abstract class WovenType implements TypeInstrumentation {
  private final Set<String> names;

  protected WovenType(String... names) {
    this.names = Set.of(names);
  }

  /** Binary names, as in {@link Class#getName()}. */
  public final Set<String> names() {
    return names;
  }

  @Override
  public final ElementMatcher<TypeDescription> typeMatcher() {
    return ElementMatchers.namedOneOf(names.toArray(new String[0]));
  }

  /** Names of the classes of advice that it applies. */
  public final Set<String> advice() {
    Set<String> advice = new LinkedHashSet<>();
    transform(
        new TypeTransformer() {
          @Override
          public void applyAdviceToMethod(
              ElementMatcher<? super MethodDescription> methods,
              Function<Advice.WithCustomMapping, Advice.WithCustomMapping> mapping,
              String adviceClass) {
            advice.add(adviceClass);
          }

          @Override
          public void applyTransformer(AgentBuilder.Transformer transformer) {}
        });
    return advice;
  }
}
