package org.slf4j.impl;

import dev.weft.runtime.LibraryLog;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.MarkerIgnoringBase;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.spi.LoggerFactoryBinder;

/**
 * What slf4j-api 1.7 looks for under exactly this name: leads what Resilience4j logs to our own
 * log, warnings and errors only. No version 2: that one obeys the system property {@code
 * slf4j.provider}, which is the application's, and complains on its stderr.
 */
public final class StaticLoggerBinder implements LoggerFactoryBinder {
  private static final StaticLoggerBinder ONLY = new StaticLoggerBinder();
  private static final ILoggerFactory FACTORY = ToOurs::new;

  private StaticLoggerBinder() {}

  /** Called by slf4j. */
  public static StaticLoggerBinder getSingleton() {
    return ONLY;
  }

  @Override
  public ILoggerFactory getLoggerFactory() {
    return FACTORY;
  }

  @Override
  public String getLoggerFactoryClassStr() {
    return ToOurs.class.getName();
  }

  private static final class ToOurs extends MarkerIgnoringBase implements Logger {
    private static final long serialVersionUID = 1;

    ToOurs(String name) {
      this.name = name;
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public void trace(String message) {}

    @Override
    public void trace(String format, Object argument) {}

    @Override
    public void trace(String format, Object first, Object second) {}

    @Override
    public void trace(String format, Object... arguments) {}

    @Override
    public void trace(String message, Throwable error) {}

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public void debug(String message) {}

    @Override
    public void debug(String format, Object argument) {}

    @Override
    public void debug(String format, Object first, Object second) {}

    @Override
    public void debug(String format, Object... arguments) {}

    @Override
    public void debug(String message, Throwable error) {}

    @Override
    public boolean isInfoEnabled() {
      return false;
    }

    @Override
    public void info(String message) {}

    @Override
    public void info(String format, Object argument) {}

    @Override
    public void info(String format, Object first, Object second) {}

    @Override
    public void info(String format, Object... arguments) {}

    @Override
    public void info(String message, Throwable error) {}

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public void warn(String message) {
      LibraryLog.warn(name, message, null);
    }

    @Override
    public void warn(String format, Object argument) {
      warn(format, new Object[] {argument});
    }

    @Override
    public void warn(String format, Object first, Object second) {
      warn(format, new Object[] {first, second});
    }

    @Override
    public void warn(String format, Object... arguments) {
      var filled = MessageFormatter.arrayFormat(format, arguments);
      LibraryLog.warn(name, filled.getMessage(), filled.getThrowable());
    }

    @Override
    public void warn(String message, Throwable error) {
      LibraryLog.warn(name, message, error);
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }

    @Override
    public void error(String message) {
      warn(message);
    }

    @Override
    public void error(String format, Object argument) {
      warn(format, argument);
    }

    @Override
    public void error(String format, Object first, Object second) {
      warn(format, first, second);
    }

    @Override
    public void error(String format, Object... arguments) {
      warn(format, arguments);
    }

    @Override
    public void error(String message, Throwable error) {
      warn(message, error);
    }
  }
}
