/** Spring Boot 2 to 4: when an application is ready. */
@NullMarked
package dev.weft.instrumentation.springboot;

import org.jspecify.annotations.NullMarked;
