//! proveniq
