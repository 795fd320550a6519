#include "ledger/fields.h"

#include "base/limits.h"
#include "crypto/keys.h"
#include "ledger/regions.h"

#include <algorithm>

namespace galen::ledger::fields {

namespace {

constexpr std::size_t kRegionBytes = 2;

bool is_printable(char c) {
  return c >= ' ' && c <= '~';
}

}  // namespace

bool is_code(std::string_view text, std::size_t max) {
  return !text.empty() && text.size() <= max &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_printable(c) && c != ' '; });
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= limits::kMaxNameBytes &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

std::string read_code(codec::Reader& reader, std::size_t max) {
  std::string text = reader.text(max);
  if (!is_code(text, max)) reader.fail_with("a code that is empty or not printable");
  return text;
}

std::string read_name(codec::Reader& reader) {
  std::string text = reader.text(limits::kMaxNameBytes);
  if (!is_name(text)) reader.fail_with("a name that is empty or not of a-z, 0-9 and -");
  return text;
}

std::string read_region(codec::Reader& reader) {
  std::string text = reader.text(kRegionBytes);
  if (!is_region(text)) reader.fail_with("a region that is no ISO 3166-1 alpha-2 code");
  return text;
}

std::string read_mime_type(codec::Reader& reader) {
  std::string text = reader.text(limits::kMaxMimeBytes);
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_printable)) {
    reader.fail_with("a MIME type that is empty or not printable");
  }
  return text;
}

ActionSet read_actions(codec::Reader& reader) {
  const ActionSet actions = reader.u8();
  if (actions == 0 || actions > kAllActions) reader.fail_with("an empty or unknown set of actions");
  return actions;
}

ClassSet read_classes(codec::Reader& reader) {
  const ClassSet classes = reader.u16();
  if (classes == 0 || classes > kAllClasses) reader.fail_with("an empty or unknown set of classes");
  return classes;
}

Signature read_canonical_signature(codec::Reader& reader) {
  const auto signature = reader.fixed<Signature>();
  if (!reader.failed() && !crypto::is_canonical(signature)) {
    reader.fail_with("a signature that is not canonical (low-S)");
  }
  return signature;
}

std::vector<std::string> read_codes(codec::Reader& reader,
                                    std::size_t max_count,
                                    std::size_t max_bytes) {
  return read_sorted<std::string>(reader, max_count, "codes", [max_bytes](codec::Reader& r) {
    return read_code(r, max_bytes);
  });
}

BytesView rest_of(codec::Reader reader) {
  return reader.rest();
}

void go_on(codec::Reader& reader, const codec::Reader& part) {
  if (reader.failed()) return;
  reader.raw(reader.remaining() - part.remaining());
  if (!part.failed()) return;
  // The place is that of the whole, which `reader` adds itself; the one in the field says nothing.
  const std::string message = part.status().error().message;
  reader.fail_with(message.substr(0, message.rfind(" at byte ")));
}

void write_texts(codec::Writer& writer, const std::vector<std::string>& texts) {
  writer.count(texts.size());
  for (const std::string& text : texts) writer.text(text);
}

}  // namespace galen::ledger::fields
