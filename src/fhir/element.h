// Reading one FHIR element strictly: what nobody asked for is an error that names its path, so
// nothing is dropped in silence. Not for other folders. Thread rule: values.
#pragma once

#include "fhir/issue.h"
#include "fhir/vocabulary.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace galen::fhir {

using Json = nlohmann::json;

class Element {
 public:
  /// Reads `node`, which stands at `path`. Both references must outlive the element.
  Element(const Json& node, std::string path, Issues& issues);

  [[nodiscard]] const std::string& path() const { return path_; }

  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;

  /// Primitive texts. Absent ones are nullopt; `required` ones are an error then.
  [[nodiscard]] std::optional<std::string> text(std::string_view key);
  [[nodiscard]] std::optional<std::string> required_text(std::string_view key);
  /// A whole number in [least, most]; anything else is an error, absence too.
  [[nodiscard]] std::optional<std::int64_t> required_whole(std::string_view key,
                                                           std::int64_t least,
                                                           std::int64_t most);
  /// true or false; anything else is an error, absence too.
  [[nodiscard]] std::optional<bool> required_flag(std::string_view key);

  /// Calls `each(Element)` for every element of a list of 1 to `most`. False when it is absent.
  template <class Each>
  bool list(std::string_view key, std::size_t most, Each&& each) {
    const Json* array = take_list(key, most);
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      each(Element((*array)[i], path_of(key) + "[" + std::to_string(i) + "]", issues_));
    }
    return array != nullptr;
  }

  /// Calls `each(Element)` for a single element. False when it is absent.
  template <class Each>
  bool one(std::string_view key, Each&& each) {
    const Json* node = take(key);
    if (node != nullptr) each(Element(*node, path_of(key), issues_));
    return node != nullptr;
  }

  /// Marks an element that a grant does not carry: a note says so when it is there.
  void note_if_present(std::string_view key, const std::string& why);

  /// Text for people (display and the like): read, no meaning.
  void ignore_text(std::string_view key) { (void)text(key); }

  void require(bool present, std::string_view key);
  void refuse(std::string_view key, IssueCode code, std::string why);
  /// Everything that was not read is an error.
  void finish();

  [[nodiscard]] Issues& issues() { return issues_; }

 private:
  [[nodiscard]] const Json* take(std::string_view key);
  [[nodiscard]] const Json* take_list(std::string_view key, std::size_t most);

  const Json& node_;
  std::string path_;
  Issues& issues_;
  std::set<std::string, std::less<>> taken_;
};

struct Reference {
  std::string type;  ///< "Practitioner"
  std::string id;
  std::string path;

  [[nodiscard]] std::string text() const { return type + "/" + id; }
};

/// Coding: system and code, both given; a display is for people.
[[nodiscard]] std::optional<Coding> read_coding(Element coding);
/// CodeableConcept with exactly one coding.
[[nodiscard]] std::optional<Coding> read_concept(Element value);
/// A relative literal reference, "Type/id".
[[nodiscard]] std::optional<Reference> read_reference(Element reference);

}  // namespace galen::fhir
