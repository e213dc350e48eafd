package io.millrace.kafka;

import java.net.Inet6Address;
import java.net.InetAddress;

/** An address in numbers, as RFC 5952 wants it: {@code ::1}, not {@code 0:0:0:0:0:0:0:1}. */
public final class HostText {

  private static final int GROUPS = 8;

  private HostText() {}

  public static String of(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address.getHostAddress();
    }
    byte[] bytes = address.getAddress();
    int[] groups = new int[GROUPS];
    for (int i = 0; i < GROUPS; i++) {
      groups[i] = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
    }
    int gap = -1;
    int gapLength = 1;
    for (int i = 0; i < GROUPS; i++) {
      int length = 0;
      while (i + length < GROUPS && groups[i + length] == 0) {
        length++;
      }
      if (length > gapLength) {
        gap = i;
        gapLength = length;
      }
      i += length;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < GROUPS; i++) {
      if (i == gap) {
        text.append("::");
        i += gapLength - 1;
        continue;
      }
      if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
        text.append(':');
      }
      text.append(Integer.toHexString(groups[i]));
    }
    return text.toString();
  }
}
