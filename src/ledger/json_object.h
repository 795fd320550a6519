// Strict reading of one JSON object: every key is asked for once, and what nobody asked for, what
// is missing and what has another type is an error that names the path. Not for other folders. The
// first failure sticks, as in codec::Reader. Thread rule: values.
#pragma once

#include "base/hex.h"
#include "base/result.h"
#include "ledger/codes.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace galen::ledger {

using Json = nlohmann::ordered_json;

class JsonObject {
 public:
  /// Reads `node`, which stands at `path`. Both references must outlive the object.
  JsonObject(const Json& node, std::string path, Status& status);

  /// Whether the key is there at all; what must be is asked for by the functions below.
  [[nodiscard]] bool has(std::string_view key) const { return node_.contains(key); }

  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t most);
  [[nodiscard]] bool boolean(std::string_view key);
  [[nodiscard]] std::string text(std::string_view key);
  [[nodiscard]] JsonObject object(std::string_view key);

  /// Calls `each(element, path)` for a list of at most `most` elements, until something fails.
  template <class Each>
  void list(std::string_view key, std::size_t most, Each&& each) {
    const Json& array = take_list(key, most);
    for (std::size_t i = 0; i < array.size() && status_; ++i) {
      each(array[i], path_of(key) + "[" + std::to_string(i) + "]");
    }
  }

  template <class T>
  [[nodiscard]] T fixed(std::string_view key) {
    return fixed_from<T>(text(key), path_of(key));
  }

  template <class T>
  [[nodiscard]] T fixed_from(const std::string& digits, const std::string& path) {
    if (!status_) return T{};
    auto value = fixed_from_hex<T>(digits, path);
    if (!value) status_ = fail(ErrorCode::kInvalidArgument, value.error().message);
    return value ? *value : T{};
  }

  template <class E>
  [[nodiscard]] E code(std::string_view key) {
    return code_from<E>(text(key), path_of(key));
  }

  template <class E>
  [[nodiscard]] E code_from(const std::string& name, const std::string& path) {
    const auto value = parse<E>(name);
    if (!value) refuse(path, "has the unknown value \"" + name + "\"");
    return value.value_or(E{});
  }

  /// The text of a list's element.
  [[nodiscard]] std::string text_of(const Json& element, const std::string& path);
  void refuse(const std::string& path, const std::string& why);
  /// Fails when a key is left that nobody asked for.
  void finish();

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;
  /// The value at `key`; null after a failure.
  [[nodiscard]] const Json& take(std::string_view key);
  /// The list at `key`; an empty one after a failure.
  [[nodiscard]] const Json& take_list(std::string_view key, std::size_t most);

  const Json& node_;
  std::string path_;
  Status& status_;
  std::set<std::string, std::less<>> taken_;
};

/// The text as JSON: bounded in size and depth, no key twice in one object. kInvalidArgument,
/// kTooLarge.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::size_t max_bytes);

}  // namespace galen::ledger
