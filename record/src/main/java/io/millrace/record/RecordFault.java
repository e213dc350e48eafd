package io.millrace.record;

/** What can be wrong with one record, in words that finish the sentence "record 3: ...". */
enum RecordFault {
  CUT_OFF("the batch ends inside it"),
  LENGTH("its length does not fit what is left of the batch"),
  VARINT("one of its numbers is malformed or runs past its end"),
  OFFSET_DELTA("its offset delta is not its place in the batch"),
  KEY_LENGTH("its key does not fit into it"),
  VALUE_LENGTH("its value does not fit into it"),
  HEADER_COUNT("its headers do not fit into it"),
  HEADER_NAME("the name of a header is missing or does not fit into it"),
  HEADER_VALUE("the value of a header does not fit into it"),
  TRAILING_BYTES("bytes follow its last field"),
  NO_KEY("it has no key, and its topic is compacted"),
  TIMESTAMP("its timestamp is outside of what the topic allows");

  private final String sentence;

  RecordFault(String sentence) {
    this.sentence = sentence;
  }

  String sentence() {
    return sentence;
  }
}
