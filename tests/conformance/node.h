// Reading vector files: every access names its path when the file is not as it should be.
// Thread rule: values.
#pragma once

#include "ledger/codes.h"

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace galen::conformance {

using Json = nlohmann::json;

/// Thrown by Node, caught where a file's evaluation ends.
struct BadVector {
  std::string why;
};

class Node {
 public:
  /// `json` must outlive the node.
  Node(const Json& json, std::string path) : json_(&json), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] const Json& json() const { return *json_; }

  [[nodiscard]] bool is_null() const { return json_->is_null(); }

  /// The member, which must be there.
  [[nodiscard]] Node at(const std::string& key) const;
  /// The member, unless it is absent or null.
  [[nodiscard]] std::optional<Node> find(const std::string& key) const;
  [[nodiscard]] std::vector<Node> elements() const;
  [[nodiscard]] std::vector<std::pair<std::string, Node>> members() const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool boolean() const;
  [[nodiscard]] std::uint64_t number() const;
  /// A list of texts, sorted and unique.
  [[nodiscard]] std::vector<std::string> texts() const;

  template <class E>
  [[nodiscard]] E code() const {
    const auto value = ledger::parse<E>(text());
    if (!value) bad("unknown code '" + text() + "'");
    return *value;
  }

  /// Any other member is an error: to evaluate a vector without it would prove nothing.
  void allow_only(std::initializer_list<std::string_view> keys) const;
  [[noreturn]] void bad(const std::string& why) const;

 private:
  const Json* json_;
  std::string path_;
};

}  // namespace galen::conformance
