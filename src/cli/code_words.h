// Codes in words, for patients: purposes, actions, kinds of records, confidentiality, sensitivity
// (HEALTH.md 1.2, HL7 v3-ActReason, v3-Confidentiality, v3-ActCode). Codes without a word of their
// own stay as they are. Thread rule: pure functions.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace galen::cli {

struct Word {
  std::string_view code;
  std::string_view words;
};

template <std::size_t N>
[[nodiscard]] std::string word_of(const Word (&table)[N], const std::string& code) {
  const auto* found = std::find_if(
      std::begin(table), std::end(table), [&](const Word& word) { return word.code == code; });
  return found == std::end(table) ? code : std::string(found->words);
}

/// "treatment" for TREAT.
[[nodiscard]] std::string purpose_words(const std::string& code);
/// "read" for READ.
[[nodiscard]] std::string action_words(const std::string& code);
/// "laboratory results" for LAB.
[[nodiscard]] std::string class_words(const std::string& code);
/// "restricted" for R.
[[nodiscard]] std::string confidentiality_words(const std::string& code);
/// "psychiatric disorders" for PSY.
[[nodiscard]] std::string label_words(const std::string& code);

/// "treatment (TREAT)"; the code alone when there is no word for it.
[[nodiscard]] std::string with_code(const std::string& words, const std::string& code);

}  // namespace galen::cli
