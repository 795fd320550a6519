// One description of an operation's fields, in their order, serves its encoder and its decoder:
//   template <class C> void describe(C& c, Of<C, RevokeProxy>& v) { c(v.patient, v.proxy); }
// C is FieldWriter or FieldReader; rules of shape are given with check(), which only a reader
// applies. Included by the .cpp files of the operations only. Thread rule: functions of their
// arguments.
#pragma once

#include "base/limits.h"
#include "ledger/calendar_date.h"
#include "ledger/fields.h"
#include "ledger/grant_terms.h"
#include "ledger/operation_codec.h"

#include <concepts>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

namespace galen::ledger::fields {

/// T as codec C sees it: constant for the writer.
template <class C, class T>
using Of = std::conditional_t<C::kReads, T, const T>;

class FieldWriter {
 public:
  static constexpr bool kReads = false;

  explicit FieldWriter(codec::Writer& writer) : writer_(writer) {}

  template <class... T>
  FieldWriter& operator()(const T&... values) {
    (one(values), ...);
    return *this;
  }

  /// The rules of text; max and names matter to a reader only.
  FieldWriter& code(const std::string& text, std::size_t) { return text_of(text); }

  FieldWriter& name(const std::string& text) { return text_of(text); }

  FieldWriter& mime_type(const std::string& text) { return text_of(text); }

  FieldWriter& codes(const std::vector<std::string>& list, std::size_t, std::size_t) {
    write_texts(writer_, list);
    return *this;
  }

  template <class T>
  FieldWriter& sorted(const std::vector<T>& list, std::size_t, std::string_view) {
    return this->list(list, 0);
  }

  template <class T>
  FieldWriter& list(const std::vector<T>& list, std::size_t) {
    writer_.count(list.size());
    for (const T& item : list) one(item);
    return *this;
  }

  FieldWriter& terms(const GrantTerms& terms) {
    write(writer_, terms);
    return *this;
  }

  FieldWriter& check(bool, const char*) { return *this; }

 private:
  FieldWriter& text_of(const std::string& text) {
    writer_.text(text);
    return *this;
  }

  void one(bool value) { writer_.boolean(value); }

  void one(std::uint8_t value) { writer_.u8(value); }

  void one(std::uint16_t value) { writer_.u16(value); }

  void one(std::uint32_t value) { writer_.u32(value); }

  void one(std::uint64_t value) { writer_.u64(value); }

  void one(const CalendarDate& date) { writer_.i32(date.days); }

  template <class Tag>
  void one(Counter<Tag> value) {
    writer_.counter(value);
  }

  template <class Tag, std::size_t N>
  void one(const FixedBytes<Tag, N>& value) {
    writer_.raw(value);
  }

  template <class T>
  void one(const std::optional<T>& value) {
    writer_.boolean(value.has_value());
    if (value) one(*value);
  }

  template <class T>
  void one(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      writer_.enumeration(value);
    } else {
      describe(*this, value);
    }
  }

  codec::Writer& writer_;
};

class FieldReader {
 public:
  static constexpr bool kReads = true;

  explicit FieldReader(codec::Reader& reader) : reader_(reader) {}

  template <class... T>
  FieldReader& operator()(T&... values) {
    (one(values), ...);
    return *this;
  }

  FieldReader& code(std::string& text, std::size_t max) {
    text = read_code(reader_, max);
    return *this;
  }

  FieldReader& name(std::string& text) {
    text = read_name(reader_);
    return *this;
  }

  FieldReader& mime_type(std::string& text) {
    text = read_mime_type(reader_);
    return *this;
  }

  FieldReader& codes(std::vector<std::string>& list, std::size_t max_count, std::size_t max_bytes) {
    list = read_codes(reader_, max_count, max_bytes);
    return *this;
  }

  template <class T>
  FieldReader& sorted(std::vector<T>& list, std::size_t max, std::string_view what) {
    list = read_sorted<T>(reader_, max, what, [this](codec::Reader&) { return next<T>(); });
    return *this;
  }

  template <class T>
  FieldReader& list(std::vector<T>& list, std::size_t max) {
    const std::size_t count = reader_.count(max);
    for (std::size_t i = 0; i < count && !reader_.failed(); ++i) list.push_back(next<T>());
    return *this;
  }

  FieldReader& terms(GrantTerms& terms) {
    terms = read_grant_terms(reader_);
    return *this;
  }

  FieldReader& check(bool holds, const char* failure) {
    if (!holds) reader_.fail_with(failure);
    return *this;
  }

 private:
  template <class T>
  T next() {
    T item{};
    one(item);
    return item;
  }

  void one(bool& value) { value = reader_.boolean(); }

  void one(std::uint8_t& value) { value = reader_.u8(); }

  void one(std::uint16_t& value) { value = reader_.u16(); }

  void one(std::uint32_t& value) { value = reader_.u32(); }

  void one(std::uint64_t& value) { value = reader_.u64(); }

  void one(CalendarDate& date) { date.days = reader_.i32(); }

  template <class Tag>
  void one(Counter<Tag>& value) {
    value = reader_.counter<Counter<Tag>>();
  }

  template <class Tag, std::size_t N>
  void one(FixedBytes<Tag, N>& value) {
    value = reader_.fixed<FixedBytes<Tag, N>>();
  }

  template <class T>
  void one(std::optional<T>& value) {
    if (reader_.boolean()) value = next<T>();
  }

  template <class T>
  void one(T& value) {
    if constexpr (std::is_enum_v<T>) {
      value = read_enumeration<T>(reader_);
    } else {
      describe(*this, value);
    }
  }

  codec::Reader& reader_;
};

template <class T>
void write_operation(codec::Writer& writer, const T& operation) {
  FieldWriter{writer}(operation);
}

template <class T>
void read_operation(codec::Reader& reader, T& operation) {
  FieldReader{reader}(operation);
}

}  // namespace galen::ledger::fields

/// Emits the codec of an operation that is described above it. Stands in namespace fields.
#define GALEN_OPERATION_CODEC(T)                              \
  template void write_operation<T>(codec::Writer&, const T&); \
  template void read_operation<T>(codec::Reader&, T&)
