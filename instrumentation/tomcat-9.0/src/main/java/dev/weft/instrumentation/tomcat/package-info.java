/** Apache Tomcat 9.0, 10.1 and 11.0, NIO connector, server side: matchers and advice. */
@NullMarked
package dev.weft.instrumentation.tomcat;

import org.jspecify.annotations.NullMarked;
