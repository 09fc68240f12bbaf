package dev.weft.instrumentation.tomcat;

import static net.bytebuddy.matcher.ElementMatchers.isDeclaredBy;
import static net.bytebuddy.matcher.ElementMatchers.named;
import static net.bytebuddy.matcher.ElementMatchers.namedOneOf;
import static net.bytebuddy.matcher.ElementMatchers.takesArguments;
import static net.bytebuddy.matcher.ElementMatchers.takesNoArguments;

import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.TypeTransformer;
import java.lang.reflect.Modifier;
import java.security.ProtectionDomain;
import java.util.List;
import net.bytebuddy.agent.builder.AgentBuilder;
import net.bytebuddy.asm.Advice;
import net.bytebuddy.asm.MemberSubstitution;
import net.bytebuddy.description.method.MethodDescription;
import net.bytebuddy.description.method.ParameterDescription;
import net.bytebuddy.description.type.TypeDescription;
import net.bytebuddy.dynamic.DynamicType;
import net.bytebuddy.dynamic.scaffold.MethodGraph;
import net.bytebuddy.utility.JavaModule;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/** Where a connector makes its channels, and begins to accept. */
final class NioEndpointType extends WovenType {
  NioEndpointType() {
    super("org.apache.tomcat.util.net.NioEndpoint");
  }

  @Override
  public void transform(TypeTransformer transformer) {
    transformer.applyAdviceToMethod(
        named("startInternal").and(takesNoArguments()),
        NioEndpointType.class.getName() + "$StartInternal");
    transformer.applyTransformer(new OurChannel());
  }

  @SuppressWarnings("unused")
  public static class StartInternal {
    @Advice.OnMethodEnter(suppress = Throwable.class)
    public static void enter(@Advice.This NioEndpoint endpoint) {
      TomcatHooks.opening(endpoint);
    }
  }

  /**
   * {@code MeshNioChannel.create(buffers)} in the place of {@code new NioChannel(buffers)}: Tomcat
   * 11 says it in {@code createChannel}, 9 and 10 in the middle of {@code setSocketOptions}.
   */
  private static final class OurChannel implements AgentBuilder.Transformer {
    private static final String CHANNEL = "org.apache.tomcat.util.net.NioChannel";

    @Override
    public DynamicType.Builder<?> transform(
        DynamicType.Builder<?> builder,
        TypeDescription type,
        @Nullable ClassLoader loader,
        @Nullable JavaModule module,
        ProtectionDomain domain) {
      return builder.visit(
          MemberSubstitution.relaxed()
              // Only a constructor is looked for. The default would, for every call in these
              // methods, put together what its receiver inherits: most of the cost of weaving.
              .with(MethodGraph.Compiler.ForDeclaredMethods.INSTANCE)
              .constructor(isDeclaredBy(named(CHANNEL)).and(takesArguments(1)))
              .replaceWith(create())
              .on(namedOneOf("createChannel", "setSocketOptions")));
    }

    /** Described, not looked up: the types are Tomcat's, and not on the agent's loader. */
    private static MethodDescription create() {
      return new MethodDescription.Latent(
          type("dev.weft.instrumentation.tomcat.MeshNioChannel"),
          "create",
          Modifier.PUBLIC | Modifier.STATIC,
          List.of(),
          type(CHANNEL).asGenericType(),
          List.of(
              new ParameterDescription.Token(
                  type("org.apache.tomcat.util.net.SocketBufferHandler").asGenericType())),
          List.of(),
          List.of(),
          null,
          null);
    }

    private static TypeDescription type(String name) {
      return new TypeDescription.Latent(
          name,
          Modifier.PUBLIC,
          TypeDescription.Generic.OfNonGenericType.ForLoadedType.of(Object.class));
    }
  }
}
