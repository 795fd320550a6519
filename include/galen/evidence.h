// Evidence against validators, and why a node stopped for good. Values as in galen/types.h.
// Thread rule: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// A verified piece of evidence: two votes of one member for different blocks in one slot.
struct EvidenceView {
  std::string id;
  std::uint16_t member = 0;  ///< validator index
  std::string organisation;
  std::string vote;  ///< "PREPARE" or "COMMIT"
  std::uint64_t epoch = 0;
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::string first_block;
  std::string second_block;
  std::uint64_t found_ms = 0;  ///< the node's clock when it kept it; 0 offline
};

struct EvidenceFile {
  std::vector<std::uint8_t> bytes;
  EvidenceView evidence;
};

/// One certificate of a fail-stop bundle.
struct CertificateView {
  std::uint64_t height = 0;
  std::uint64_t view = 0;
  std::string block;
  std::vector<std::string> signers;
};

/// What a verified evidence file says: a piece of evidence, or why a node stopped for good.
struct EvidenceReport {
  std::string kind;  ///< "votes" or "fail-stop"
  std::string chain;
  std::optional<EvidenceView> votes;
  std::string reason;                         ///< fail-stop: the node's own words
  std::vector<CertificateView> certificates;  ///< fail-stop
  /// fail-stop of two certificates of one view: who signed both. Of two views: who signed both,
  /// which alone proves nothing.
  std::vector<std::string> in_both;
};

}  // namespace galen::client
