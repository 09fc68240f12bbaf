package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.7, 10.0.0.7, true",
    "10.0.0.7, 10.0.0.8, false",
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "0.0.0.0/0, 203.0.113.9, true",
    "0.0.0.0/0, ::1, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe80::1, false",
    "::1, ::1, true",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "::/0, 2001:db8::1, true",
    "::ffff:10.0.0.7, 10.0.0.7, true",
    "1:2:3:4:5:6:7:8, 1:2:3:4:5:6:7:8, true",
    "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304, true",
  })
  void contains(String range, String address, boolean expected) throws Exception {
    Cidr cidr = Cidr.parse(range);
    assertThat(cidr).isNotNull();
    assertThat(cidr.contains(InetAddress.getByName(address).getAddress())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "orders",
        "10.0.0",
        "10.0.0.256",
        "10.0.0.01",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.0.0.0/-1",
        "1::2::3",
        "::1/129",
        "12345::",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8",
        "::1%eth0",
        "1.2.3.4::",
        "[::1]",
        "::g"
      })
  void isNone(String text) {
    assertThat(Cidr.parse(text)).isNull();
  }

  @Test
  void anIpv4AddressInIpv6CountsAsThat() {
    byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 0, 0, 7};
    assertThat(Cidr.parse("10.0.0.0/8").contains(mapped)).isTrue();
    assertThat(Cidr.parse("::/0").contains(mapped)).isFalse();
  }
}
