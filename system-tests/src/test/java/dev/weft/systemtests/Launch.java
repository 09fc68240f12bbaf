package dev.weft.systemtests;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A JVM to be started: with the agent, or without. */
final class Launch {
  private static final List<String> SMALL_AND_QUICK =
      List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx256m");

  private final Sandbox sandbox;
  private final Jdk jdk;
  private final String name;
  private final List<String> options = new ArrayList<>(SMALL_AND_QUICK);
  private final Map<String, String> environment = new LinkedHashMap<>();
  private List<String> under = List.of();

  Launch(Sandbox sandbox, Jdk jdk, String name) {
    this.sandbox = sandbox;
    this.jdk = jdk;
    this.name = name;
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", sandbox.folder().toString());
    // Not the home of whoever runs the tests: that may know a real mesh.
    environment.put("WEFT_HOME", sandbox.folder().resolve("no-home").toString());
    environment.put("LANG", "C.UTF-8");
  }

  Launch agent() {
    return agent(Built.agent());
  }

  Launch agent(Path jar) {
    return option("-javaagent:" + jar);
  }

  Launch option(String option) {
    options.add(option);
    return this;
  }

  /** Before all others, and so before the agent's. */
  Launch optionFirst(String option) {
    options.add(0, option);
    return this;
  }

  /** A variable of the environment; nothing but PATH is inherited. */
  Launch with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** By another program, which is to start it: {@code taskset}. */
  Launch under(String... command) {
    under = List.of(command);
    return this;
  }

  /** Any other program, without a JVM. */
  Child program(String... command) {
    return started(List.of(command));
  }

  /** A main class of {@code programs}, or of anything on the class path. */
  Child main(String classPath, String mainClass, String... arguments) {
    List<String> rest = new ArrayList<>(List.of("-cp", classPath, mainClass));
    rest.addAll(List.of(arguments));
    return start(rest);
  }

  Child jar(Path jar, String... arguments) {
    List<String> rest = new ArrayList<>(List.of("-jar", jar.toString()));
    rest.addAll(List.of(arguments));
    return start(rest);
  }

  private Child start(List<String> rest) {
    List<String> command = new ArrayList<>(List.of(jdk.java().toString()));
    command.addAll(options);
    command.addAll(rest);
    return started(command);
  }

  private Child started(List<String> program) {
    List<String> command = new ArrayList<>(under);
    command.addAll(program);
    return command(sandbox, name, environment, command);
  }

  /** Any program, in that environment and no other. */
  static Child command(
      Sandbox sandbox, String name, Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(sandbox.folder().toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return sandbox.start(name, builder);
  }
}
