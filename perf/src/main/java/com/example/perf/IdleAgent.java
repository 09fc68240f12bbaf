package com.example.perf;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;

/** An agent that looks at every class and changes none: what it costs, any agent costs. */
public final class IdleAgent implements ClassFileTransformer {
  private IdleAgent() {}

  public static void premain(String arguments, Instrumentation instrumentation) {
    instrumentation.addTransformer(new IdleAgent(), true);
  }
}
