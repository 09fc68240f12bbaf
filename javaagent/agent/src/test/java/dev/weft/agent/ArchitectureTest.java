package dev.weft.agent;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.targetOwner;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.weft.tooling.CodeChange;
import dev.weft.tooling.MethodMatch;
import dev.weft.tooling.WovenType;
import io.opentelemetry.javaagent.extension.instrumentation.InstrumentationModule;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;

/** Which room may know of which. Dependencies point one way; each rule says why. */
@AnalyzeClasses(packages = "dev.weft", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule policyKnowsNothing =
      classes()
          .that()
          .resideInAPackage("dev.weft.policy..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.weft.policy..", "java..", "com.google.re2j..", "org.jspecify..")
          .because("policy is read by agent, proxy and coordinator alike");

  @ArchTest
  static final ArchRule engineHasNoIo =
      classes()
          .that()
          .resideInAPackage("dev.weft.engine..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.engine..",
              "dev.weft.policy..",
              "io.github.resilience4j..",
              "java.lang..",
              "java.nio.charset..",
              "java.time..",
              "java.util..",
              "com.google.re2j..",
              "org.jspecify..")
          .because(
              "the engine decides; sockets, libraries and hosts are others' business; the circuit"
                  + " breakers are Resilience4j's");

  @ArchTest
  static final ArchRule runtimeServesBothHosts =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.bridge..",
              "dev.weft.tooling..",
              "dev.weft.agent..",
              "net.bytebuddy..",
              "io.netty..",
              "java.net.http..",
              "java.util.logging..")
          .because(
              "the proxy uses it too, and nothing that tracing agents weave or that freezes the"
                  + " application's choices may be touched");

  @ArchTest
  static final ArchRule theBridgeSpeaksJdk =
      classes()
          .that()
          .resideInAPackage("dev.weft.bridge..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage("dev.weft.bridge..", "java..", "javax.net.ssl..", "org.jspecify..")
          .because("it lives on the bootstrap loader, where there is nothing else");

  @ArchTest
  static final ArchRule adaptersDecideNothing =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.policy..",
              "dev.weft.wire..",
              "dev.weft.engine..",
              "dev.weft.drive..",
              "dev.weft.runtime..",
              "dev.weft.agent..")
          .because("adapters translate; what they ask, they ask over the bridge");

  /** Tomcat answers in an AtomicBoolean, as others return a value. */
  private static final String ASKS_TOMCAT = "dev.weft.instrumentation.tomcat.inside.RequestNote";

  /** Apache's scope of a call carries its count of tries as one. */
  private static final String COPIES_APACHES =
      "dev.weft.instrumentation.apachehttpclient5.inside.AsyncExchange";

  /** A loop has no other clock: its timers are of the channel's own, and end with it. */
  private static final String HAS_A_LOOP =
      "dev\\.weft\\.instrumentation\\.(netty|grpcnettyshaded)\\.inside\\.(Beneath|Farewell)(\\$.*)?";

  @ArchTest
  static final ArchRule adaptersDriveNothing =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..")
          .and()
          .doNotHaveFullyQualifiedName(ASKS_TOMCAT)
          .and()
          .doNotHaveFullyQualifiedName(COPIES_APACHES)
          .and()
          .haveNameNotMatching(HAS_A_LOOP)
          .should()
          .dependOnClassesThat()
          .resideInAPackage("java.util.concurrent.atomic..")
          .orShould()
          .dependOnClassesThat()
          .haveNameMatching(
              "java\\.util\\.Timer|java\\.lang\\.invoke\\.VarHandle"
                  + "|java\\.util\\.concurrent\\.(Scheduled.*|locks\\.LockSupport)")
          .orShould()
          .callMethodWhere(target(nameMatching("sleep|schedule|orTimeout|delayedExecutor")))
          .because("timers, retries and outcomes that are told once are the drivers' (0035)");

  /** The JDK's client takes an engine, and pumps itself; so do Apache's asynchronous ones. */
  private static final String TAKES_ENGINES =
      "dev\\.weft\\.instrumentation\\."
          + "(javahttpclient\\.(inside\\.(Engines|Nowhere)|JavaHttpClientAdvice.*)"
          + "|apachehttpclient5\\.inside\\.Verified)";

  /** What pumps is Netty's own {@code SslHandler}, which is handed an engine of the mesh's. */
  private static final String HANDS_ENGINES_TO_NETTY =
      "dev\\.weft\\.instrumentation\\.(netty|grpcnettyshaded)\\.inside\\.(Beneath|Encrypted|MeshTls)(\\$.*)?";

  @ArchTest
  static final ArchRule adaptersPumpNoTls =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..")
          .and()
          .haveNameNotMatching(TAKES_ENGINES)
          .and()
          .haveNameNotMatching(HANDS_ENGINES_TO_NETTY)
          .should()
          .dependOnClassesThat()
          .haveNameMatching("javax\\.net\\.ssl\\.SSLEngine.*")
          .because("there is one pump of TLS, and it is the drivers' (0039)");

  @ArchTest
  static final ArchRule whatIsInsideALibraryWeavesNothing =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.instrumentation..inside..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.tooling..", "net.bytebuddy..", "io.opentelemetry..")
          .orShould()
          .dependOnClassesThat(
              resideInAPackage("dev.weft.instrumentation..")
                  .and(not(resideInAPackage("dev.weft.instrumentation..inside.."))))
          .because("of ours, only the bridge is to be seen from a library's loader");

  /** Each of them is defined in a library's loader, and nothing else is. */
  @ArchTest
  static void insideIsWhatGoesInside(JavaClasses classes) {
    Set<String> helpers = new TreeSet<>();
    for (InstrumentationModule module : ServiceLoader.load(InstrumentationModule.class)) {
      helpers.addAll(module.getAdditionalHelperClassNames());
    }
    Set<String> inside = new TreeSet<>();
    for (JavaClass each : classes) {
      if (each.getPackageName().endsWith(".inside")
          && !each.getSimpleName().equals("package-info")) {
        inside.add(each.getName());
      }
    }
    assertThat(inside).isNotEmpty().isEqualTo(helpers);
  }

  @ArchTest
  static final ArchRule driversKnowNoLibrary =
      classes()
          .that()
          .resideInAPackage("dev.weft.drive..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.drive..",
              "dev.weft.bridge..",
              "java.lang..",
              "java.io..",
              "java.util..",
              "java.net",
              "java.nio",
              "java.nio.channels..",
              "javax.net.ssl",
              "org.jspecify..")
          .because("what goes round an attempt or a request is the same for all of them");

  /** Of Netty it sees what the application brings, and brings none. */
  private static final String[] NAME_THE_APPLICATIONS_NETTY = {
    "dev.weft.proxy..",
    "dev.weft.instrumentation.netty..",
    "dev.weft.instrumentation.grpcnettyshaded.."
  };

  @ArchTest
  static final ArchRule theAgentStaysSmall =
      noClasses()
          .that()
          .resideOutsideOfPackages(NAME_THE_APPLICATIONS_NETTY)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.netty..",
              "org.apache.curator..",
              "org.apache.zookeeper..",
              "org.bouncycastle..",
              "io.grpc..",
              "org.slf4j..",
              "com.fasterxml.jackson.databind..")
          .because("none of them may be in an application's process (design §5)");

  @ArchTest
  static final ArchRule theProxyIsAHostOfItsOwn =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.weft.proxy..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.weft.proxy..")
          .because("no class of it, and so none of Netty, is loaded in an application's process");

  @ArchTest
  static final ArchRule theProxyReadsBeforeItSends =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.proxy.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.proxy.net..", "dev.weft.host..", "io.netty.channel..")
          .because("what a message means does not depend on the connection it came on");

  @ArchTest
  static final ArchRule hostsShareNoWeaving =
      noClasses()
          .that()
          .resideInAnyPackage("dev.weft.host..", "dev.weft.proxy..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.weft.tooling..", "dev.weft.agent..", "net.bytebuddy..")
          .because("the proxy weaves nothing");

  @ArchTest
  static final ArchRule weavingNeedsNoByteBuddy =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.weft.tooling..", "dev.weft.instrumentation..", "dev.weft.agent.host..")
          .and()
          .doNotBelongToAnyOf(MethodMatch.class, CodeChange.class, WovenType.class)
          .should()
          .accessTargetWhere(
              targetOwner(
                  resideInAPackage("net.bytebuddy..")
                      .and(not(resideInAPackage("net.bytebuddy.jar.asm..")))))
          .because("of Byte Buddy there is nothing else in the agent's jar (decision 0034)");

  @ArchTest
  static final ArchRule premainIsAlone =
      noClasses()
          .that()
          .resideInAPackage("dev.weft.agent")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.weft.agent.host..",
              "dev.weft.runtime..",
              "dev.weft.engine..",
              "dev.weft.tooling..",
              "net.bytebuddy..")
          .because("it is on the application's class path, and they are not");
}
