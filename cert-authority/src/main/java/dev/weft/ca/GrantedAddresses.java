package dev.weft.ca;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.DERIA5String;
import org.bouncycastle.asn1.DERSequence;

/**
 * The ranges of addresses that a token grants its service beside the address that it is seen to
 * come from. They travel in the certificate, in an extension of our own that nobody else has to
 * understand: a stream shows no token.
 */
public final class GrantedAddresses {
  /** More ranges than this no token grants. */
  public static final int MAX = 16;

  /** An arc that anybody has who can make a UUID (ITU-T X.667); this one is ours. */
  static final ASN1ObjectIdentifier OID =
      new ASN1ObjectIdentifier("2.25.90886089977893176459076248211556112792");

  private static final Pattern RANGE = Pattern.compile("[0-9A-Fa-f.:]{2,45}(/[0-9]{1,3})?");

  private GrantedAddresses() {}

  /**
   * Refuses what cannot be ranges. What they mean is up to who reads them.
   *
   * @throws IllegalArgumentException naming the one that is wrong
   */
  static List<String> checked(List<String> ranges) {
    if (ranges.size() > MAX) {
      throw new IllegalArgumentException(
          "addresses: " + ranges.size() + " ranges (expected: at most " + MAX + ")");
    }
    for (String range : ranges) {
      if (!RANGE.matcher(range).matches()) {
        throw new IllegalArgumentException(
            "addresses: not a range (expected: an IP address or range, such as 10.1.0.0/16)");
      }
    }
    return List.copyOf(ranges);
  }

  /** The extension's value. */
  static DERSequence encode(List<String> ranges) {
    return new DERSequence(ranges.stream().map(DERIA5String::new).toArray(ASN1Encodable[]::new));
  }

  /**
   * What a certificate grants; to be asked only of one that has been believed.
   *
   * @throws CertificateException if it grants something that cannot be read
   */
  public static List<String> of(X509Certificate leaf) throws CertificateException {
    byte[] value = leaf.getExtensionValue(OID.getId());
    if (value == null) {
      return List.of();
    }
    try {
      List<String> ranges = new ArrayList<>();
      for (ASN1Encodable one :
          ASN1Sequence.getInstance(ASN1OctetString.getInstance(value).getOctets())) {
        if (!(one instanceof ASN1String text)) {
          throw new IllegalArgumentException("no text");
        }
        ranges.add(text.getString());
      }
      return checked(ranges);
    } catch (IllegalArgumentException e) {
      throw new CertificateException("certificate grants addresses that cannot be read", e);
    }
  }
}
